public import MetalCore

/// A machine of a simulation: a name, and an address of each family.
///
/// ``Simulation/machine(_:)`` makes one. A machine's ``kernel`` is one life of it, with its descriptors, sockets and event
/// queues. The machine itself is what other machines know: it has the addresses and the latencies.
///
/// A machine keeps its simulation alive.
public final class Machine: Sendable {
  /// The simulation that the machine is part of.
  public let simulation: Simulation
  let host: Host

  init(_ simulation: Simulation, _ host: Host) {
    self.simulation = simulation
    self.host = host
  }

  /// The machine's name, which no other machine of the simulation has.
  public var name: String { host.name }

  /// The machine's IPv4 address on the network of the simulation.
  public var address: IPv4Address { host.address }

  /// The machine's IPv6 address on the network of the simulation.
  public var addressV6: IPv6Address { host.addressV6 }

  /// The kernel that runs on the machine, for sources and polls that take it `on:`.
  ///
  /// - Complexity: O(1); no allocation.
  public var kernel: SimulatedKernel {
    simulation.enter { world in SimulatedKernel(self, world.kernels[host.index]) }
  }

  /// Whether packets between this machine and others arrive: ``Reachability/reachable`` unless set.
  ///
  /// A change concerns the packets that are on the way to this machine as well. Packets of a machine to itself always
  /// arrive. Other machines reach each other as before.
  ///
  /// - Complexity: O(1); no allocation.
  public var reachability: Reachability {
    get { simulation.enter { _ in host.reachability } }
    set {
      simulation.enter { world in
        host.reachability = newValue
        if newValue != .reachable { world.hadOutage = true }
        world.noteProgress()
      }
    }
  }

  /// The answer of the network to packets for a machine.
  public enum Reachability: Hashable, Sendable {
    /// Packets arrive.
    case reachable
    /// Packets from and to the machine are lost, and nobody answers, as if its cable were pulled.
    ///
    /// A TCP connection to the machine starts, and ends with `.timedOut` as an event after the profile's
    /// `tcp.connectTimeout`. What an established connection sends is sent again until the machine is reachable, or until
    /// the profile's `tcp.retransmissionTimeout` has passed: the sender then learns of `.timedOut` by an event. A
    /// connection that sends nothing notices nothing. A datagram is lost.
    case silent
    /// As ``silent``, but the network answers that the host is unreachable.
    ///
    /// A TCP connection to the machine starts, and ends with `.hostUnreachable` as an event when the network has said so
    /// to the fifth request, after 15 s. A connected UDP socket gets `.hostUnreachable` as its pending error, and other
    /// UDP sockets notice nothing. An established TCP connection ignores the answer.
    case unreachable
  }

  /// Runs an action on this machine when a time has passed: during the wait of a `poll`, or in
  /// ``Simulation/advance(by:)``.
  ///
  /// Sources and polls that the action makes without naming a kernel belong to this machine. In all else the action is
  /// like one of ``Simulation/schedule(after:_:)``, and so are the delay and the result. Until it has run, it keeps the
  /// machine and the simulation alive.
  ///
  /// - Complexity: O(log scheduled); allocates.
  @discardableResult
  public func schedule<Value: Sendable, Failure: Error>(
    after delay: Duration, _ action: @escaping @Sendable () throws(Failure) -> Value
  ) -> Scheduled<Value, Failure> {
    simulation.insert(after: delay, host, action) { [self] body in run(body) }
  }
}

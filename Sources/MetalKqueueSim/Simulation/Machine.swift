public import MetalCore

/// A machine of a simulation, with a name and an address of each family.
///
/// ``Simulation/machine(_:)`` makes a machine. The machine's ``kernel`` has the descriptors, the sockets and the event
/// queues. The addresses and the latencies belong to the machine.
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

  /// The kernel of the machine, which a program passes to sources and polls as `on:`.
  ///
  /// - Complexity: O(1); no allocation.
  public var kernel: SimulatedKernel {
    simulation.enter { world in SimulatedKernel(self, world.kernels[host.index]) }
  }

  /// Whether packets between this machine and other machines arrive: ``Reachability/reachable`` unless set.
  ///
  /// A change also affects packets that are on the way to this machine. Packets that a machine sends to itself always
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
    /// The network loses packets from and to the machine, without an answer.
    ///
    /// A TCP connection to the machine starts, and an event reports `.timedOut` after the profile's
    /// `tcp.connectTimeout`. An established connection repeats its data until the machine is reachable. After the
    /// profile's `tcp.retransmissionTimeout`, an event reports `.timedOut` to the sender. A connection that sends
    /// nothing gets no event. The network also loses datagrams.
    case silent
    /// The network loses packets as with ``silent``, and answers that the host is unreachable.
    ///
    /// A TCP connection to the machine starts. An event reports `.hostUnreachable` when the network has answered the
    /// fifth request, after 15 s. A connected UDP socket gets the pending error `.hostUnreachable`, and other UDP
    /// sockets get no error. An established TCP connection ignores the answer.
    case unreachable
  }

  /// Runs an action on this machine after a delay, in a poll's wait or in ``Simulation/advance(by:)``.
  ///
  /// Sources and polls that the action makes without naming a kernel belong to this machine. Until the action has run,
  /// it keeps the machine and the simulation alive. The other rules of ``Simulation/schedule(after:_:)`` also hold.
  ///
  /// - Parameters:
  ///   - delay: The time from now on, rounded up to nanoseconds. With zero or less, the action runs in the next wait.
  ///   - action: The code to run.
  /// - Returns: An object that has the value or the error of the action once the action has run.
  /// - Complexity: O(log n) for n scheduled entries; allocates.
  @discardableResult
  public func schedule<Value: Sendable, Failure: Error>(
    after delay: Duration, _ action: @escaping @Sendable () throws(Failure) -> Value
  ) -> Scheduled<Value, Failure> {
    simulation.insert(after: delay, host, action) { [self] body in run(body) }
  }
}

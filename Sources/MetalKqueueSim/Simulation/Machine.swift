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

  /// Runs an action on this machine when a time has passed: during the wait of a `poll`, or in
  /// ``Simulation/advance(by:)``.
  ///
  /// Sources and polls that the action makes without naming a kernel belong to this machine. In all else the action is
  /// like one of ``Simulation/schedule(after:_:)``. Until it has run, it keeps the machine and the simulation alive.
  ///
  /// - Parameters:
  ///   - delay: The time from now on, rounded up to nanoseconds. With a delay of zero or less, the action runs as soon as
  ///     something waits.
  ///   - action: The code to run.
  /// - Returns: The result of the action, once it has run. An error of the action is in the result alone.
  /// - Complexity: O(log scheduled); allocates.
  @discardableResult
  public func schedule<Value: Sendable, Failure: Error>(
    after delay: Duration, _ action: @escaping @Sendable () throws(Failure) -> Value
  ) -> Scheduled<Value, Failure> {
    simulation.insert(after: delay, host, action) { [self] body in run(body) }
  }
}

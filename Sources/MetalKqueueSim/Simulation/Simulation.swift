internal import MetalCore
internal import MetalKqueue
internal import Synchronization

/// Simulated machines with kernels in memory, a network between the machines, and a clock.
///
/// ```swift
/// let simulation = Simulation(seed: 1)
/// let server = simulation.machine("server")
/// try server.run {
///   let poll = try Poll()                       // MetalCore.Poll<KqueueSimSelector>
///   …
/// }
/// ```
///
/// A program under test uses polls and sources on the kernel of a machine, which ``machine(_:)`` makes. The program
/// takes no descriptor, no time and no random number from the operating system. A poll that must wait moves the clock
/// to the next scheduled entry, or to the end of its timeout. The same program with the same seed behaves the same in
/// every run and on every host. Debug and release builds behave the same if the program closes its sources by
/// `close()`: see ``Trace/closesByDrop``.
///
/// One thread at a time may use a simulation. If two threads call into a simulation at once, the program stops.
///
/// `@unchecked Sendable`: `enter(_:)` lends the world to one thread at a time.
public final class Simulation: @unchecked Sendable {
  let world: World
  let door = Atomic<UInt8>(Door.open)
  /// The object that gives turns to programs on threads; `nil` without a run of programs.
  package var conductor: (any Conductor)?

  /// Makes a simulation without machines.
  ///
  /// - Parameters:
  ///   - seed: The number that decides all free choices, such as the ports that the system chooses.
  ///   - profile: The system that the kernels imitate.
  ///   - defaults: The origin of buffer sizes, latencies and the port range: the profile or the seed.
  ///   - retention: The records that ``trace`` keeps.
  public init(
    seed: UInt64 = 0, profile: KernelProfile = .macOS, defaults: Defaults = .fixed,
    keeping retention: Trace.Retention = .last(10_000)
  ) {
    let profile = defaults == .drawn ? profile.drawingDefaults(seed) : profile
    world = World(seed: seed, profile: profile, keeping: retention)
    if defaults == .drawn {
      world.network.latencySeed = seed
      world.hasLatencies = true
    }
  }

  deinit {
    world.tearDown()
  }

  /// The number that decides all free choices of the simulation.
  public var seed: UInt64 { world.seed }

  /// The profile of the kernels, which has the drawn sizes and ports with ``Defaults/drawn``.
  public var profile: KernelProfile { world.profile }

  // MARK: Machines

  /// Adds a machine to the simulation.
  ///
  /// The machine has the loopback addresses, and one address of each family on the shared network. The first machine
  /// has 10.0.0.1 and fd00::1, the second machine has 10.0.0.2 and fd00::2. A simulation has 65,000 machines at most.
  ///
  /// - Parameter name: The name for traces and diagnoses. If the name is in use, this method stops the program.
  /// - Returns: The machine.
  /// - Complexity: O(1); allocates.
  public func machine(_ name: String) -> Machine {
    let host = enter { world in
      if world.kernels.count >= 65_000 {
        fatalError("The simulation has 65,000 machines, and no address is left for \"\(name)\". Make fewer.")
      }
      return world.addHost(name)
    }
    guard let host else {
      fatalError(
        "The simulation already has a machine \"\(name)\". Use the one that was made, or give another name.")
    }
    return Machine(self, host)
  }

  /// Sets the time that a packet takes between two machines in either direction.
  ///
  /// The latency is zero unless set or drawn. With a latency of zero, a packet arrives before the sending call returns.
  /// Packets of a direction keep their order. This method stops the program for a negative latency, and for a machine
  /// of another simulation.
  ///
  /// - Parameters:
  ///   - first: A machine of this simulation.
  ///   - second: Another machine, or the same machine for its loopback interface.
  ///   - latency: The time for one direction, rounded up to nanoseconds.
  public func setLatency(_ first: Machine, _ second: Machine, to latency: Duration) {
    guard latency >= .zero else {
      fatalError("A latency of \(latency) would end before it begins. Give a latency of zero or more.")
    }
    for machine in [first, second] where machine.simulation !== self {
      fatalError("The machine \"\(machine.name)\" is of another simulation. Set its latency there.")
    }
    enter { world in
      world.hasLatencies = true
      world.network.setLatency(first.host.index, second.host.index, latency.wholeNanoseconds)
    }
  }

  // MARK: Records

  /// The trace of everything that has happened so far.
  ///
  /// - Complexity: O(1). While a program keeps the trace, the simulation copies all kept records for the next record.
  public var trace: Trace { enter { world in world.trace } }

  /// The last diagnosis; `nil` if the simulation has made no diagnosis.
  ///
  /// The simulation makes a diagnosis if a wait throws `.deadlock`. A call that throws `.addressNotAvailable` because
  /// no port is free also gets a diagnosis.
  public var diagnosis: Diagnosis? { enter { world in world.diagnosis } }

  /// Makes the stream of random numbers of a label, for a test or a program.
  ///
  /// - Parameter label: The name of the stream. Two calls with the same label return equal streams.
  /// - Returns: A stream that depends on the seed and the label alone.
  public func random(_ label: String) -> RandomStream {
    RandomStream(seed: world.seed, label: "program.\(label)")
  }
}

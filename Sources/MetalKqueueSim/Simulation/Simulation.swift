internal import MetalCore
internal import MetalKqueue
internal import Synchronization

/// A world in memory: machines with kernels, a network between them, and a clock that only waiting moves.
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
/// A program under test uses the library's polls and sources on the kernel of a machine, which ``machine(_:)`` makes.
/// The program asks the operating system for nothing: no descriptor, no time, no random number. A `poll` that must wait
/// moves the clock to the next scheduled entry, or to its own timeout, and returns. The same program with the same seed
/// does the same on every run and every machine. It does so in debug and in release if it closes its sources by `close()`:
/// see ``Trace/closesByDrop``.
///
/// One thread at a time uses a simulation. Two threads that call into it at once stop the program.
///
/// `@unchecked Sendable`: `enter(_:)` lends the world to one thread at a time.
public final class Simulation: @unchecked Sendable {
  let world: World
  let door = Atomic<UInt8>(Door.open)
  /// What lets programs on threads of their own take turns, once there are such.
  package var conductor: (any Conductor)?

  /// Makes an empty world.
  ///
  /// - Parameters:
  ///   - seed: The number that decides everything that is left open, such as the ports that the system chooses.
  ///   - profile: The system that the kernels are like.
  ///   - defaults: Whether buffers, latencies and the range of ports are those of the profile, or drawn from the seed.
  ///   - retention: How many records ``trace`` keeps, beside its count and its digest.
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

  /// The number that decides everything that is left open.
  public var seed: UInt64 { world.seed }

  /// The system that the kernels are like.
  public var profile: KernelProfile { world.profile }

  // MARK: Machines

  /// Adds a machine to the world.
  ///
  /// It has the loopback addresses, and one address of each family on the network that all machines share: 10.0.0.1,
  /// 10.0.0.2 and so on, fd00::1, fd00::2 and so on, in the order in which they are made.
  ///
  /// - Parameter name: The machine's name, for traces and diagnoses. A second machine of the same name stops the program.
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

  /// Sets the time that a packet takes from one machine to another, and back; it is zero unless set or drawn.
  ///
  /// With a latency of zero, a packet arrives before the call that sends it returns. Packets from one machine to another
  /// keep their order.
  ///
  /// - Parameters:
  ///   - first: A machine of this simulation.
  ///   - second: Another machine, or the same one for its loopback interface.
  ///   - latency: The time of one way, which must not be negative; rounded up to nanoseconds.
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

  /// The record of everything that has happened so far.
  ///
  /// - Complexity: O(1). While the value lives, the next record copies the records that are kept.
  public var trace: Trace { enter { world in world.trace } }

  /// The diagnosis of the call that failed last with an error that needs one; `nil` if none has.
  ///
  /// A wait that throws `.deadlock` makes one, and so does a socket that gets no port and throws `.addressNotAvailable`.
  public var diagnosis: Diagnosis? { enter { world in world.diagnosis } }

  /// Makes the stream of random numbers of a label, for a test's or a program's own draws.
  ///
  /// It depends on the seed and the label alone: two calls with one label give the same numbers.
  public func random(_ label: String) -> RandomStream {
    RandomStream(seed: world.seed, label: "program.\(label)")
  }
}

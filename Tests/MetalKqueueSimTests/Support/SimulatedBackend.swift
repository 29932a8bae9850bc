// What the shared suites take from a backend, where that is a simulated kernel.

import MetalCore
import Testing

extension Backend {
  /// Pipes, socket pairs and Unix-domain datagram sockets exist.
  static let hasPairs = true
  /// Unix-domain sockets exist.
  static let hasUnixSockets = true
  /// Sockets can share a port if all of them set the option.
  static let sharesPorts = true
  /// A stream without options can be bound to an address that old connections occupy.
  static let streamsReuseAddresses = false
  /// Socket options that the system lacks.
  static let missingOptions: [SocketOptionName] = []
  /// Datagram sockets have the option to linger.
  static let datagramsLinger = true
  /// Each write to a stream that was reset is a broken pipe, except for the first.
  static let resetStreamsAreBrokenPipes = true
  /// The most time that a poll without a timeout takes; repeated polls do not stop the clock.
  static let timeToAsk = Duration.microseconds(1)
  /// The system is Wine, which differs from Windows.
  static let isWine = false
  /// What had arrived before one's own shutdown of the reading side can still be read.
  static let keepsDataAfterReadShutdown = false
  /// A socket's file lies in a folder, which must exist.
  static let hasFolders = false
  /// Sending to a full Unix-domain datagram queue would block, and is armed again; elsewhere it fails for want of room.
  static let blocksOnFullDatagramQueue = false
  /// Sockets can have abstract names.
  static let hasAbstractNames = false
  /// A connected datagram socket may send to other destinations.
  static let sendsElsewhereWhenConnected = false
  /// After a refused datagram, the next call of any kind fails, not only a receive.
  static let refusalsFailEveryCall = true
  /// The number of the loopback interface.
  static let loopbackInterface: UInt32 = 1
  /// The loopback interface carries IPv6 multicast, for which systems need a route.
  static let routesMulticastV6 = true
  /// Time is virtual, so that upper bounds are exact.
  static let hasVirtualTime = true

  /// The machine may hold a number of descriptors at once.
  static func allows(descriptors count: Int) -> Bool { SimulatedKernel.current.descriptorLimit >= count }
}

#if !hasFeature(Embedded)
/// Runs each test on a machine of a simulation of its own.
struct BackendTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await machine().run { try await function() }
  }
}

extension Trait where Self == BackendTrait {
  static var backend: BackendTrait { BackendTrait() }
}
#endif

/// Runs `body` in the environment that the backend needs, as `.backend` does, for a test in a process of its own.
///
/// A test has one because of what the system backends need; on a machine of its own nothing else runs.
func onBackend(_ body: () throws(IOError) -> Void) throws(IOError) {
  try machine().run(body)
}

private func machine() -> Machine {
  Simulation(seed: 1).machine("machine")
}

/// The time since the simulation's beginning.
func now() -> Duration {
  SimulatedKernel.current.simulation.now
}

/// Runs `body`, and as soon as something in it waits after `delay`, `action`; returns when both have ended.
func meanwhile<R: ~Copyable>(
  after delay: Duration = .zero, _ action: @escaping @Sendable () -> Void, _ body: () throws(IOError) -> R
) throws(IOError) -> R {
  let machine = SimulatedKernel.current.machine
  let scheduled = machine.schedule(after: delay, action)
  let result = try body()
  // A body that waits for less leaves the rest to be waited for here, as by joining a thread.
  if !scheduled.hasRun { machine.simulation.advance(by: delay) }
  return result
}

/// A folder of its own for the sockets' files of one test.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws(IOError) {
    let kernel = SimulatedKernel.current
    path = "/tmp/metal-\(kernel.descriptorCount)"
  }

  /// The names of the files that are in the folder.
  var names: [String] {
    SimulatedKernel.current.socketPaths.compactMap { address in
      guard let socketPath = address.pathname, socketPath.hasPrefix(path + "/") else { return nil }
      return String(socketPath.dropFirst(path.count + 1))
    }
  }

  /// The address of a file in the folder, which need not exist.
  func address(_ name: String = "socket") throws(IOError) -> UnixAddress {
    try UnixAddress(pathname: "\(path)/\(name)")
  }
}

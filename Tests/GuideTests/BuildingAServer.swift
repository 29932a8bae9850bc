// The code of the article "Building a server", except the code of `Examples`.

import Dispatch
import Foundation
@testable import KeyValueServer
import MetalIO
import Synchronization
import Testing

@Suite("Code of the guide to building a server")
struct BuildingAServer {
  typealias Mailbox = ComingFromSwiftNIOAndDispatch.Mailbox

  /// A server to which other objects can refer.
  ///
  /// The thread that calls `run()` owns the server from then on.
  final class Service {
    private var server: KeyValueServer<DefaultSelector>

    init(at address: SocketAddress) throws(IOError) { server = try KeyValueServer(bindingTo: address) }

    func run() throws(IOError) { try server.run() }
  }

  /// Writes the first chunks of a queue in one call.
  ///
  /// - Returns: The number of written bytes, or `nil` if the write would block.
  func write(
    _ queue: [[UInt8]], to stream: borrowing TCPStream, by storage: inout IOVectorStorage<64>
  ) throws(IOError) -> Int? {
    var vector = storage.makeVector()
    let chunks = queue.span
    for index in 0..<min(chunks.count, vector.capacity) { vector.append(chunks[index].span) }
    return try stream.write(vector)
  }

  func pingEveryHalfMinute(
    _ poll: inout Poll, _ events: inout Events, handle: (Event) -> Void, ping: () -> Void
  ) throws(IOError) {
    let clock = KernelClock()
    var nextPing = clock.now.advanced(by: .seconds(30))
    while true {
      do throws(IOError) {
        // If the deadline has passed, the timeout is negative, and the poll does not wait.
        try poll.wait(into: &events, timeout: clock.now.duration(to: nextPing))
      } catch .interrupted {
        continue
      }
      while let event = events.popFirst() { handle(event) }
      if clock.now >= nextPing {
        ping()
        nextPing = clock.now.advanced(by: .seconds(30))
      }
    }
  }

  /// Timers that find idle connections.
  struct IdleTimers {
    private var deadlines = DeadlineHeap<Token, KernelClock.Instant>()
    let limit: Duration

    init(limit: Duration) { self.limit = limit }

    /// Returns the timeout of the next wait, or `nil` if there is no connection.
    func timeout(at now: KernelClock.Instant) -> Duration? { deadlines.nearest.map { now.duration(to: $0) } }

    mutating func connectionWasActive(_ token: Token, at now: KernelClock.Instant) {
      deadlines.set(now.advanced(by: limit), for: token)
    }

    mutating func connectionHasEnded(_ token: Token) { deadlines.cancel(token) }

    /// Removes and returns the next expired connection, or returns `nil` if no connection has expired.
    mutating func popExpired(at now: KernelClock.Instant) -> Token? { deadlines.popFirst(passedAt: now) }
  }

  struct PortSharingServer: ~Copyable {
    var listener: TCPListener

    init(port: UInt16) throws(IOError) {
      listener = try TCPListener(
        bindingTo: SocketAddress(IPv4Address.loopback, port: port), options: [.reusePort(true)])
    }

    mutating func run() throws(IOError) {}
  }

  /// Serves on one port with several threads.
  ///
  /// Linux distributes the connections among the listeners of the threads.
  func serve(port: UInt16, threads: Int) {
    for _ in 0..<threads {
      Thread.detachNewThread {
        do throws(IOError) {
          var server = try PortSharingServer(port: port)
          try server.run()
        } catch {
          fatalError("the server has ended: \(error)")
        }
      }
    }
  }

  /// Runs the jobs of tasks on a queue of its own.
  ///
  /// A task that waits on this queue does not block the tasks of other executors.
  final class LoopExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "loop")

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      // Safety: the closure keeps the executor alive.
      queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }

  /// Runs a server in a task until the stopper wakes the server.
  func serving(_ server: consuming sending KeyValueServer<DefaultSelector>) -> Task<Void, any Error> {
    var server = server
    return Task(executorPreference: LoopExecutor()) { try server.run() }
  }

  /// A question to the loop, and the continuation of the task that waits for the answer.
  struct Question: Sendable {
    let text: String
    let answer: CheckedContinuation<String, any Error>
  }

  /// Sends a question from a task to the loop.
  ///
  /// The task suspends until the loop answers.
  func ask(_ text: String, by mailbox: Mailbox<Question>) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      do throws(IOError) {
        try mailbox.send(Question(text: text, answer: continuation))
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Resolves one name on a queue of its own, and then wakes the loop.
  final class Lookup: Sendable {
    private let waker: Waker
    private let result = Mutex<Result<[SocketAddress], ResolutionError>?>(nil)

    init(waking waker: consuming Waker) { self.waker = waker }

    func start(_ host: String, port: UInt16) {
      DispatchQueue(label: "lookup").async {
        let found = Result { () throws(ResolutionError) in try SocketAddress.resolve(host, port: port) }
        self.result.withLock { $0 = found }
        try? self.waker.wake()
      }
    }

    /// Removes and returns the result, or returns `nil` if there is no result.
    ///
    /// The loop calls this method at the waker's event.
    func takeResult() -> Result<[SocketAddress], ResolutionError>? {
      result.withLock { result in
        defer { result = nil }
        return result
      }
    }
  }

  @Test("A server runs in a task with its own executor until the stopper wakes the server")
  func task() async throws {
    let server = try KeyValueServer<DefaultSelector>(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    let stopper = try server.makeStopper()
    let task = serving(server)
    try stopper.wake()
    try await task.value
  }

  @Test("Idle timers report the expired connections in the order of their deadlines")
  func idleTimers() {
    let clock = KernelClock()
    let now = clock.now
    var timers = IdleTimers(limit: .seconds(60))
    timers.connectionWasActive(2, at: now)
    timers.connectionWasActive(3, at: now.advanced(by: .seconds(1)))
    timers.connectionWasActive(4, at: now)
    timers.connectionHasEnded(4)
    #expect(timers.timeout(at: now) == .seconds(60))
    #expect(timers.popExpired(at: now.advanced(by: .seconds(59))) == nil)
    #expect(timers.popExpired(at: now.advanced(by: .seconds(61))) == 2)
    #expect(timers.popExpired(at: now.advanced(by: .seconds(61))) == 3)
    #expect(timers.timeout(at: now) == nil)
  }
}

// The code of the article "Building a server" that is not that of `Examples/KeyValueServer`.

import Dispatch
import Foundation
@testable import KeyValueServer
import MetalIO
import Synchronization
import Testing

@Suite("Code of the guide to building a server")
struct BuildingAServer {
  typealias Mailbox = ComingFromSwiftNIOAndDispatch.Mailbox

  /// A server that other objects refer to; the thread that calls `run()` owns it from then on.
  final class Service {
    private var server: KeyValueServer<DefaultSelector>

    init(at address: SocketAddress) throws(IOError) { server = try KeyValueServer(bindingTo: address) }

    func run() throws(IOError) { try server.run() }
  }

  /// Writes the first chunks of a queue in one call; returns how many bytes, or `nil` if there is no space.
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
        // The timeout may be negative: the poll does not wait then.
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

  /// Connections that are idle for too long.
  struct IdleTimers {
    private var deadlines = DeadlineHeap<Token, KernelClock.Instant>()
    let limit: Duration

    init(limit: Duration) { self.limit = limit }

    /// How long a wait may last; `nil` if there is no connection.
    func timeout(at now: KernelClock.Instant) -> Duration? { deadlines.nearest.map { now.duration(to: $0) } }

    mutating func connectionWasActive(_ token: Token, at now: KernelClock.Instant) {
      deadlines.set(now.advanced(by: limit), for: token)
    }

    mutating func connectionHasEnded(_ token: Token) { deadlines.cancel(token) }

    /// Takes the next connection whose time is over; `nil` if there is none.
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

  /// Serves on a port by several threads; the system spreads the connections among their listeners.
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

  /// Runs the jobs of its tasks on a queue of its own, so a task that waits blocks no other task.
  final class LoopExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "loop")

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      // Safety: the closure keeps the executor alive.
      queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }

  /// Serves in a task, until the stopper wakes the server.
  func serving(_ server: consuming sending KeyValueServer<DefaultSelector>) -> Task<Void, any Error> {
    var server = server
    return Task(executorPreference: LoopExecutor()) { try server.run() }
  }

  /// A question to the loop, and the continuation of the task that waits for the answer.
  struct Question: Sendable {
    let text: String
    let answer: CheckedContinuation<String, any Error>
  }

  /// Asks the loop from a task; the task suspends until the loop answers.
  func ask(_ text: String, by mailbox: Mailbox<Question>) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      do throws(IOError) {
        try mailbox.send(Question(text: text, answer: continuation))
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Resolves one name on a queue of its own, and wakes the loop when the result is there.
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

    /// Takes the result, for which the loop asks when the waker's event comes; `nil` if it is not there.
    func takeResult() -> Result<[SocketAddress], ResolutionError>? {
      result.withLock { result in
        defer { result = nil }
        return result
      }
    }
  }

  @Test("A server runs in a task with an executor of its own, and ends when it is stopped")
  func task() async throws {
    let server = try KeyValueServer<DefaultSelector>(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    let stopper = try server.makeStopper()
    let task = serving(server)
    try stopper.wake()
    try await task.value
  }

  @Test("Idle timers report the connections whose time is over, in their order")
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

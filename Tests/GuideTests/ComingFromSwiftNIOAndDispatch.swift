// The code of the article "Coming from SwiftNIO and Dispatch".

import MetalIO
import Synchronization

enum ComingFromSwiftNIOAndDispatch {
  struct Connection: ~Copyable {
    var stream: TCPStream
    var input: [UInt8] = []
    var output: [UInt8] = []

    init(_ stream: consuming TCPStream) { self.stream = stream }

    /// Does what an event makes possible; returns whether the connection is over.
    mutating func advance() throws(IOError) -> Bool {  // errorCaught: the errors of this method
      while try flush() {  // channelWritabilityChanged: nothing is read while output is left
        guard let count = try stream.read(appendingTo: &input, atMost: 4096) else { return false }
        if count == 0 { return true }  // channelInactive
        answerLines()  // channelRead
      }
      return false
    }

    /// Writes the output; returns whether nothing is left of it.
    mutating func flush() throws(IOError) -> Bool {
      while !output.isEmpty {
        guard let count = try stream.write(output.span) else { return false }
        output.removeFirst(count)
      }
      return true
    }

    /// The protocol: takes each complete line from the input, and appends its answer to the output.
    mutating func answerLines() {
      while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
        output += input[...end]
        input.removeSubrange(...end)
      }
    }
  }

  /// Hands jobs of other threads to a loop.
  final class Mailbox<Job: Sendable>: Sendable {
    private let jobs = Mutex<[Job]>([])
    private let waker: Waker

    init(on registry: Registry, token: Token) throws(IOError) { waker = try registry.makeWaker(token: token) }

    /// Adds a job, and ends the loop's wait; any thread may call it.
    func send(_ job: Job) throws(IOError) {
      jobs.withLock { $0.append(job) }
      try waker.wake()
    }

    /// Takes all jobs; the loop calls it at the waker's event.
    func takeAll() -> [Job] {
      jobs.withLock { jobs in
        defer { jobs.removeAll() }
        return jobs
      }
    }
  }
}

// The code of the article "Coming from SwiftNIO and Dispatch".

import MetalIO
import Synchronization

enum ComingFromSwiftNIOAndDispatch {
  struct Connection: ~Copyable {
    var stream: TCPStream
    var input: [UInt8] = []
    var output: [UInt8] = []

    init(_ stream: consuming TCPStream) { self.stream = stream }

    /// Writes, reads and answers until a call would block.
    ///
    /// - Returns: Whether the connection has ended.
    mutating func advance() throws(IOError) -> Bool {  // errorCaught: this method throws the error
      while try flush() {  // channelWritabilityChanged: reads only if all output is written
        guard let count = try stream.read(appendingTo: &input, atMost: 4096) else { return false }
        if count == 0 { return true }  // channelInactive
        answerLines()  // channelRead
      }
      return false
    }

    /// Writes the output.
    ///
    /// - Returns: Whether the whole output is written.
    mutating func flush() throws(IOError) -> Bool {
      while !output.isEmpty {
        guard let count = try stream.write(output.span) else { return false }
        output.removeFirst(count)
      }
      return true
    }

    /// Removes each complete line from the input, and appends the answer to the output.
    mutating func answerLines() {
      while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
        output += input[...end]
        input.removeSubrange(...end)
      }
    }
  }

  /// A mailbox in which other threads put jobs for a loop.
  final class Mailbox<Job: Sendable>: Sendable {
    private let jobs = Mutex<[Job]>([])
    private let waker: Waker

    init(on registry: Registry, token: Token) throws(IOError) { waker = try registry.makeWaker(token: token) }

    /// Adds a job, and wakes the loop.
    ///
    /// Any thread may call this method.
    func send(_ job: Job) throws(IOError) {
      jobs.withLock { $0.append(job) }
      try waker.wake()
    }

    /// Removes and returns all jobs.
    ///
    /// The loop calls this method at the waker's event.
    func takeAll() -> [Job] {
      jobs.withLock { jobs in
        defer { jobs.removeAll() }
        return jobs
      }
    }
  }
}

// The code of the article "What does not compile, and why" that is not in Tests/CompileErrors.

import MetalIO
import Testing

/// The forms of the article that compile.
private final class Receiver {
  var poll: Poll
  var end: Connection

  // The initializer of a class may throw between two assignments.
  init(_ stream: consuming UnixStream) throws(IOError) {
    poll = try Poll()
    end = Connection(stream: stream)
    try poll.registry.register(&end.stream, token: 1, interests: .readable)
  }

  struct Connection: ~Copyable {
    var stream: UnixStream
    var events = Events(capacity: 4)
    var buffer = InlineArray<8, UInt8>(repeating: 0)
    var input: [UInt8] = []
    var reads = 0

    mutating func receive() throws(IOError) {
      for event in events { try receive(event) }
    }

    private mutating func receive(_ event: Event) throws(IOError) {
      guard let count = try stream.read(into: buffer.mutableSpan) else { return }
      for index in 0..<count { input.append(buffer[index]) }
      try input.append(addingCapacity: 8) { free throws(IOError) in _ = try stream.read(appendingTo: &free) }
      reads += 1
    }
  }
}

@Suite("Forms that compile")
struct CompilingFormTests {
  @Test("The compiler infers the error type of a task's closure")
  func task() async throws {
    let pair = try UnixStream.pair()
    let stream = pair.first
    let closing = Task { try stream.shutdown(.write) }
    try await closing.value
    var buffer: [UInt8] = [0]
    #expect(try pair.second.read(into: buffer.mutableSpan) == 0)
  }

  @Test("In a function with untyped errors, a block rethrows the errors that the block does not handle")
  func passing() throws {
    var poll = try Poll()
    var events = Events(capacity: 1)
    var turns = 0
    var interruptions = 0
    do throws(IOError) {
      try poll.wait(into: &events, timeout: .zero)
      turns += 1
    } catch .interrupted {
      interruptions += 1
    } catch {
      throw error
    }
    #expect(turns + interruptions == 1)
  }

  @Test("A struct reads into its own buffers, in a loop over its own events")
  func properties() throws {
    let pair = try UnixStream.pair()
    let receiver = try Receiver(pair.first)
    #expect(try pair.second.write("hello, you".utf8.span) == 10)
    try receiver.poll.wait(into: &receiver.end.events, timeout: .seconds(5))
    try receiver.end.receive()
    #expect(receiver.end.input == Array("hello, you".utf8))
    #expect(receiver.end.reads == 1)
  }
}

import MetalIO
import Serving

/// One client of a key-value server.
struct ClientConnection<S: Selector>: ~Copyable {
  /// How many steps one turn has before the other connections get theirs: a read, or the answers to a batch of commands.
  static var fairShare: Int { 32 }
  /// The most bytes of one read.
  static var readSize: Int { 16 << 10 }
  /// How many bytes of answers are written before more commands are executed.
  static var outputLimit: Int { 64 << 10 }
  /// The largest buffer that a connection keeps while it is empty.
  static var keptCapacity: Int { 64 << 10 }

  var stream: S.TCPStream

  /// The bytes that were read; those from `inputStart` on are not executed yet.
  var input: [UInt8] = []
  var inputStart = 0
  var parser = CommandParser()

  /// The answers; the bytes from `outputStart` on are not written yet.
  var output: [UInt8] = []
  var outputStart = 0

  /// Whether the client made a protocol error, so that the connection ends when the answers are written.
  var isBroken = false

  init(_ stream: consuming S.TCPStream) {
    self.stream = stream
  }

  /// Does what an event makes possible.
  mutating func advance(_ event: S.Event, _ store: inout Store<S>, at now: Store<S>.Instant) -> ConnectionOutcome {
    // An event for writing alone means nothing to a connection that has nothing to write and nothing to execute.
    if input.isEmpty, output.isEmpty, !event.isReadable, !event.isReadClosed, !event.isError { return .waiting }
    return advance(&store, at: now)
  }

  /// Writes, executes and reads, until reading would block, the peer takes no more, or this turn's share is used up.
  ///
  /// The order of the steps is the back-pressure. Each step first writes the answers that are left. If the peer does not
  /// take all of them, nothing is executed and nothing is read. Commands that were read stay in the input. Further ones
  /// stay in the system's buffer, which fills and stops the peer. When an event reports space, the loop continues where
  /// it stopped, and reads until it would block. So the edge that it did not use is not lost, and the registration never
  /// changes.
  ///
  /// A connection buffers at most one command and one read of input, and one answer beyond the limit of output.
  ///
  /// An error ends this connection and nothing else. The server reports it to nobody.
  mutating func advance(_ store: inout Store<S>, at now: Store<S>.Instant) -> ConnectionOutcome {
    do throws(IOError) {
      for _ in 0..<Self.fairShare {
        guard try flush() else { return .waiting }
        if isBroken { return .ended }
        execute(&store, at: now)
        if !output.isEmpty { continue }

        guard let count = try stream.read(appendingTo: &input, atMost: Self.readSize) else { return .waiting }
        // The peer has finished. All its commands are executed, and all answers are written, so this side closes.
        if count == 0 { return .ended }
      }
      return .interrupted
    } catch {
      return .ended
    }
  }

  /// Writes the answers; returns whether nothing is left.
  mutating func flush() throws(IOError) -> Bool {
    guard !output.isEmpty else { return true }
    while outputStart < output.count {
      guard let count = try stream.write(output.span.extracting(outputStart...)) else { return false }
      outputStart += count
    }
    output.removeAll(keepingCapacity: output.capacity <= Self.keptCapacity)
    outputStart = 0
    return true
  }

  /// Executes the commands of the input, until none is complete or there are enough answers to write.
  mutating func execute(_ store: inout Store<S>, at now: Store<S>.Instant) {
    do throws(ProtocolError) {
      // A span of the connection's own array would borrow all of the connection. This copies a reference, no bytes.
      let bytes = input
      while inputStart < bytes.count, output.count < Self.outputLimit {
        guard let length = try parser.parse(bytes.span.extracting(inputStart...)) else { break }
        let command = Command(bytes[inputStart..<inputStart + length], parser.arguments)
        store.execute(command, at: now, &output)
        inputStart += length
      }
    } catch {
      output.append(error: "ERR Protocol error: \(error.message)")
      isBroken = true
    }
    compact()
  }

  /// Removes the input that is executed, if it is all or a large part, so that few bytes are moved.
  mutating func compact() {
    if inputStart == input.count {
      input.removeAll(keepingCapacity: input.capacity <= Self.keptCapacity)
      inputStart = 0
    } else if inputStart >= Self.readSize {
      input.removeFirst(inputStart)
      inputStart = 0
    }
  }
}

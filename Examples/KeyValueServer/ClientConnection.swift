import MetalIO
import Serving

/// One client of a key-value server.
struct ClientConnection<S: Selector>: ~Copyable {
  /// The largest number of steps in one turn, before the other connections get their turn.
  ///
  /// A step reads once, or executes a batch of commands.
  static var fairShare: Int { 32 }
  /// The largest number of bytes that one read takes.
  static var readSize: Int { 16 << 10 }
  /// The number of bytes of answers that ends a batch of commands.
  ///
  /// The connection then writes the answers before it executes more commands.
  static var outputLimit: Int { 64 << 10 }
  /// The largest capacity that an empty buffer keeps.
  static var keptCapacity: Int { 64 << 10 }

  var stream: S.TCPStream

  /// The bytes that the connection has read.
  ///
  /// The connection has not yet executed the bytes from `inputStart` on.
  var input: [UInt8] = []
  var inputStart = 0
  var parser = CommandParser()

  /// The answers to the client.
  ///
  /// The connection has not yet written the bytes from `outputStart` on.
  var output: [UInt8] = []
  var outputStart = 0

  /// Whether the client has made a protocol error.
  ///
  /// The connection then writes the remaining answers, and ends.
  var isBroken = false

  init(_ stream: consuming S.TCPStream) {
    self.stream = stream
  }

  /// Handles an event of the connection.
  mutating func advance(_ event: S.Event, _ store: inout Store<S>, at now: Store<S>.Instant) -> ConnectionOutcome {
    // If the connection has no input and no output, an event that reports only writable needs no work.
    if input.isEmpty, output.isEmpty, !event.isReadable, !event.isReadClosed, !event.isError { return .waiting }
    return advance(&store, at: now)
  }

  /// Writes answers, executes commands and reads bytes.
  ///
  /// The method returns when a call would block, when the connection ends, or at the limit of the turn. The order of the
  /// steps creates the back-pressure:
  ///
  /// 1. Each step first writes the answers that are left.
  /// 2. If the peer does not take all answers, the connection executes nothing and reads nothing. The system's buffer
  ///    fills, and the peer cannot send more.
  /// 3. When an event reports space, the loop continues, and reads until the call would block. So the connection loses no
  ///    edge, and never changes its interests.
  ///
  /// A connection buffers at most one command, one line and one read of input that is not executed. The answers exceed
  /// `outputLimit` by at most one answer.
  ///
  /// An error ends only this connection. The server does not report the error.
  mutating func advance(_ store: inout Store<S>, at now: Store<S>.Instant) -> ConnectionOutcome {
    do throws(IOError) {
      for _ in 0..<Self.fairShare {
        guard try flush() else { return .waiting }
        if isBroken { return .ended }
        execute(&store, at: now)
        if !output.isEmpty { continue }

        guard let count = try stream.read(appendingTo: &input, atMost: Self.readSize) else { return .waiting }
        // The peer has finished, and the server has answered all commands of the peer. So the server closes as well.
        if count == 0 { return .ended }
      }
      return .interrupted
    } catch {
      return .ended
    }
  }

  /// Writes the answers until the peer takes no more.
  ///
  /// - Returns: Whether all answers are written.
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

  /// Executes commands from the input.
  ///
  /// The method stops at an incomplete command, or when the answers reach `outputLimit`.
  mutating func execute(_ store: inout Store<S>, at now: Store<S>.Instant) {
    do throws(ProtocolError) {
      // A span of `input` would borrow the whole connection. The assignment copies a reference, and no bytes.
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

  /// Removes the executed bytes from the input.
  ///
  /// The method keeps a small executed part until more bytes are executed, so the connection seldom moves bytes.
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

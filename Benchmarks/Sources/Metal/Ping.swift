import MetalCore

/// A connection of a client that sends the command PING of the Redis protocol, and nothing else.
struct PingConnection: Conversation, ~Copyable {
  private let stream: TCPStream
  /// How much of the next command has come.
  private var received = 0

  init(_ stream: consuming TCPStream, _ registry: Registry, _ token: Token) throws(IOError) {
    try registry.register(&stream, token: token, interests: .readable)
    self.stream = stream
  }

  /// Returns whether the connection goes on; it ends if the socket does not take all answers.
  mutating func serve(_ event: Event, _ buffer: inout Buffer, fullRead: Int) -> Bool {
    do throws(IOError) {
      while let count = try stream.read(into: buffer.mutableSpan) {
        if count == 0 { return false }
        guard try answer(buffer.span.extracting(..<count)) else { return false }
        if count < fullRead && !event.isReadClosed { return true }
      }
      return true
    } catch {
      return false
    }
  }

  /// Answers the commands that end in these bytes; returns whether there was nothing else, and room for the answers.
  private mutating func answer(_ bytes: Span<UInt8>) throws(IOError) -> Bool {
    for index in bytes.indices {
      guard bytes[index] == command[received] else { return false }
      received += 1
      if received == command.count {
        received = 0
        guard try stream.write(pong.span) == pong.count else { return false }
      }
    }
    return true
  }
}

// An array of one string: "*1\r\n$4\r\nPING\r\n".
private let command: InlineArray<14, UInt8> = [42, 49, 13, 10, 36, 52, 13, 10, 80, 73, 78, 71, 13, 10]
// "+PONG\r\n".
private let pong: InlineArray<7, UInt8> = [43, 80, 79, 78, 71, 13, 10]

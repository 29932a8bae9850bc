// The code of the articles "Edges in five rules" and "Performance".

import MetalIO

enum Edges {
  enum Outcome { case waiting, ended }

  struct Connection: ~Copyable {
    var stream: TCPStream
    var isReadClosed = false

    init(_ stream: consuming TCPStream) { self.stream = stream }

    mutating func drain(into buffer: inout InlineArray<4096, UInt8>) throws(IOError) -> Outcome {
      while let count = try stream.read(into: buffer.mutableSpan) {
        guard count > 0 else { return .ended }  // 0: the peer has finished
        consume(buffer.span.extracting(..<count))
      }
      return .waiting
    }

    mutating func drainTrustedPeer(into buffer: inout InlineArray<4096, UInt8>) throws(IOError) -> Outcome {
      while let count = try stream.read(into: buffer.mutableSpan) {
        guard count > 0 else { return .ended }
        consume(buffer.span.extracting(..<count))
        if count < buffer.count, !isReadClosed { break }
      }
      return .waiting
    }

    mutating func advance(_ event: Event) -> Outcome { event.isError ? .ended : .waiting }

    func consume(_ bytes: Span<UInt8>) {}
  }

  func send(_ output: inout [UInt8], on stream: borrowing TCPStream) throws(IOError) {
    while !output.isEmpty, let count = try stream.write(output.span) {
      output.removeFirst(count)
    }
  }

  func serve(_ event: Event, _ connections: inout Slab<Connection>) {
    let outcome = connections.update(event.token) { connection in connection.advance(event) }
    if outcome == .ended { connections.remove(event.token) }  // nil: the event was stale
  }

  func waitShortly(_ poll: inout Poll, _ events: inout Events) throws(IOError) {
    try poll.wait(into: &events, spinning: .microseconds(50))
  }
}

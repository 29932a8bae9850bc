import MetalIO
import Serving

/// One client of an echo server.
struct EchoConnection<S: Selector>: ~Copyable {
  typealias Buffer = InlineArray<4096, UInt8>

  var stream: S.TCPStream

  /// The bytes that the connection has read and not yet written.
  ///
  /// The array holds at most one buffer, because the connection writes these bytes before it reads again.
  var unsent: [UInt8] = []
  var unsentStart = 0

  /// The number of full buffers that one turn reads, before the other connections get their turn.
  var fairShare: Int { 16 }

  init(_ stream: consuming S.TCPStream) {
    self.stream = stream
  }

  /// Handles an event: writes the kept bytes, and then echoes new bytes.
  ///
  /// Echoing ends when reading would block, when the peer takes no more, or at the limit of the turn.
  ///
  /// Echoing continues after a short read. A read stops at urgent data, although more bytes may have arrived.
  ///
  /// An error ends only this connection. The server does not report the error.
  mutating func advance(_ event: S.Event, _ buffer: inout Buffer) -> ConnectionOutcome {
    do throws(IOError) {
      if unsentStart < unsent.count {
        if try !flush() { return .waiting }
      } else if !event.isReadable && !event.isReadClosed && !event.isError {
        return .waiting
      }
      for _ in 0..<fairShare {
        guard let count = try stream.read(into: buffer.mutableSpan) else { return .waiting }
        // The peer has finished, and the server has sent everything back. So the server closes as well.
        if count == 0 { return .ended }

        let written = try stream.write(buffer.span.extracting(..<count)) ?? 0
        if written < count {
          keep(buffer.span.extracting(written..<count))
          return .waiting
        }
      }
      return .interrupted
    } catch {
      return .ended
    }
  }

  /// Writes the kept bytes until the peer takes no more.
  ///
  /// - Returns: Whether all kept bytes are written.
  @inline(never)
  mutating func flush() throws(IOError) -> Bool {
    while unsentStart < unsent.count {
      guard let count = try stream.write(unsent.span.extracting(unsentStart...)) else { return false }
      unsentStart += count
    }
    unsent.removeAll(keepingCapacity: true)
    unsentStart = 0
    return true
  }

  @inline(never)
  mutating func keep(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      unsent.append(bytes[index])
    }
  }
}

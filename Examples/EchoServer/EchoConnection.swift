import MetalIO
import Serving

/// One client of an echo server.
struct EchoConnection<S: Selector>: ~Copyable {
  typealias Buffer = InlineArray<4096, UInt8>

  var stream: S.TCPStream

  /// The bytes that were read and not yet written.
  ///
  /// At most one buffer, because the connection reads nothing more before it has written these bytes.
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
  /// A short read ends nothing: reading stops at urgent data, and more bytes may have arrived behind it. An error ends
  /// only this connection, and the server does not report it.
  mutating func advance(_ event: S.Event, _ buffer: inout Buffer) -> ConnectionOutcome {
    do throws(IOError) {
      if unsentStart < unsent.count {
        if try !flush() { return .waiting }
      } else if !event.isReadable && !event.isReadClosed && !event.isError {
        return .waiting
      }
      for _ in 0..<fairShare {
        guard let count = try stream.read(into: buffer.mutableSpan) else { return .waiting }
        // The peer has finished, and everything has been sent back. Closing the connection finishes this side as well.
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

  /// Writes the kept bytes; returns `true` if none is left.
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

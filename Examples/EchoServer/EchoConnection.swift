public import MetalCore

/// One client of an echo server.
@usableFromInline
struct EchoConnection<S: Selector>: ~Copyable {
  @usableFromInline typealias Buffer = InlineArray<4096, UInt8>

  @usableFromInline enum Outcome {
    /// An event will report that there is more to do.
    case waiting
    /// The connection is over and can be dropped.
    case ended
  }

  @usableFromInline var stream: S.TCPStream

  /// What was read and could not be written yet: at most one buffer, since nothing more is read until it is written.
  @usableFromInline var unsent: [UInt8] = []
  @usableFromInline var unsentStart = 0

  /// Full buffers read in one turn before the other connections get theirs.
  @inlinable var fairShare: Int { 16 }

  @inlinable
  init(_ stream: consuming S.TCPStream) {
    self.stream = stream
  }

  /// Does what an event makes possible.
  ///
  /// An error ends this connection and nothing else. The server reports it to nobody.
  @inlinable
  mutating func advance(_ event: S.Event, _ buffer: inout Buffer, _ registry: S.Registry) -> Outcome {
    do throws(IOError) {
      if unsentStart < unsent.count {
        guard try flush() else { return .waiting }
      } else if !event.isReadable && !event.isReadClosed && !event.isError {
        return .waiting
      }
      return try echo(&buffer, event.token, registry)
    } catch {
      return .ended
    }
  }

  /// Reads and writes back until reading would block, the peer takes no more, or this turn's share is used up.
  ///
  /// A read that comes up short ends nothing: reading stops at urgent data, and more may have arrived behind it.
  @inlinable
  mutating func echo(_ buffer: inout Buffer, _ token: Token, _ registry: S.Registry) throws(IOError)
    -> Outcome
  {
    for _ in 0..<fairShare {
      guard let count = try stream.read(into: buffer.mutableSpan) else { return .waiting }
      // The peer has finished and everything has been sent back: closing finishes this side as well.
      if count == 0 { return .ended }

      let written = try stream.write(buffer.span.extracting(..<count)) ?? 0
      if written < count {
        keep(buffer.span.extracting(written..<count))
        return .waiting
      }
    }
    // There may be more. Reregistering reports the condition again, after the other connections' events.
    try registry.reregister(&stream, token: token, interests: [.readable, .writable])
    return .waiting
  }

  /// Writes what was kept; returns whether nothing is left.
  @inlinable
  mutating func flush() throws(IOError) -> Bool {
    while unsentStart < unsent.count {
      guard let count = try stream.write(unsent.span.extracting(unsentStart...)) else { return false }
      unsentStart += count
    }
    unsent.removeAll(keepingCapacity: true)
    unsentStart = 0
    return true
  }

  @inlinable
  mutating func keep(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      unsent.append(bytes[index])
    }
  }
}

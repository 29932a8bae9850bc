import MetalIO

/// One client of an echo server.
struct EchoConnection<S: Selector>: ~Copyable {
  typealias Buffer = InlineArray<4096, UInt8>

  enum Outcome {
    /// An event will report that there is more to do.
    case waiting
    /// This turn's share is used up, and there may be more to do at once.
    case interrupted
    /// The connection is over and can be dropped.
    case ended
  }

  var stream: S.TCPStream

  /// What was read and could not be written yet: at most one buffer, since nothing more is read until it is written.
  var unsent: [UInt8] = []
  var unsentStart = 0

  /// Full buffers read in one turn before the other connections get theirs.
  var fairShare: Int { 16 }

  init(_ stream: consuming S.TCPStream) {
    self.stream = stream
  }

  /// Does what an event makes possible: writes what was kept, then reads and writes back until reading would block, the
  /// peer takes no more, or this turn's share is used up.
  ///
  /// A read that comes up short ends nothing: reading stops at urgent data, and more may have arrived behind it. An error
  /// ends this connection and nothing else. The server reports it to nobody.
  mutating func advance(_ event: S.Event, _ buffer: inout Buffer) -> Outcome {
    do throws(IOError) {
      if unsentStart < unsent.count {
        if try !flush() { return .waiting }
      } else if !event.isReadable && !event.isReadClosed && !event.isError {
        return .waiting
      }
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
      return .interrupted
    } catch {
      return .ended
    }
  }

  /// Writes what was kept; returns whether nothing is left.
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

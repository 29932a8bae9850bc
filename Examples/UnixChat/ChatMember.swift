import MetalIO

/// One client of a chat server.
struct ChatMember<S: Selector>: ~Copyable {
  typealias Buffer = InlineArray<4096, UInt8>

  enum Outcome {
    /// An event will report that there is more to do.
    case waiting
    /// The member has said something, which is in the outbox; there may be more.
    case spoke
    /// The member has finished sending. It is to be dropped when it has got what it is still owed.
    case finished
    /// The connection is over and can be dropped.
    case ended
  }

  var stream: S.UnixStream
  let number: Int

  /// The beginning of a line whose end has not arrived.
  var line: [UInt8] = []

  /// What the others said and could not be written yet.
  var backlog: [UInt8] = []

  /// Whether the stream is registered for writing as well.
  ///
  /// Only while there is a backlog: on epoll a Unix-domain stream is reported writable each time its peer has read.
  var waitsForSpace = false

  /// Whether the member has finished sending, and with that has left the chat.
  var hasLeft = false

  /// The longest line, without its end; a longer one goes on as several.
  static var lineLimit: Int { 1024 }

  /// The longest backlog: a member that falls further behind, beyond what the system buffers, is dropped.
  static var backlogLimit: Int { 65_536 }

  init(_ stream: consuming S.UnixStream, number: Int) {
    self.stream = stream
    self.number = number
  }
}

// MARK: - What the member says

extension ChatMember {
  /// Reads once, and adds the lines that are complete now, with the member's name, to the outbox.
  mutating func listen(_ buffer: inout Buffer, _ outbox: inout [UInt8]) -> Outcome {
    if hasLeft { return .waiting }
    do throws(IOError) {
      guard let count = try stream.read(into: buffer.mutableSpan) else { return .waiting }
      if count == 0 {
        // A last line may lack its end.
        if !line.isEmpty { endLine(&outbox) }
        hasLeft = true
        return .finished
      }
      for index in 0..<count {
        take(buffer[index], &outbox)
      }
      return .spoke
    } catch {
      return .ended
    }
  }

  mutating func take(_ byte: UInt8, _ outbox: inout [UInt8]) {
    if byte == UInt8(ascii: "\n") { return endLine(&outbox) }
    // The check waits for the byte after a full line, which need not be one too many: it may be the line's end.
    if line.count == Self.lineLimit { endLine(&outbox) }
    line.append(byte)
  }

  mutating func endLine(_ outbox: inout [UInt8]) {
    outbox.append(contentsOf: "\(number): ".utf8)
    outbox.append(contentsOf: line)
    outbox.append(UInt8(ascii: "\n"))
    line.removeAll(keepingCapacity: true)
  }
}

// MARK: - What the member is told

extension ChatMember {
  /// Writes bytes, or keeps those that the system has no space for.
  ///
  /// A backlog beyond the limit ends the connection: waiting for a member that does not read would stall the others,
  /// and remembering everything for it would take memory without end.
  mutating func tell(_ bytes: Span<UInt8>, _ token: Token, _ registry: S.Registry) -> Outcome {
    if hasLeft { return .waiting }
    do throws(IOError) {
      // Never past the backlog, or the order would be lost.
      let written = backlog.isEmpty ? try stream.write(bytes) ?? 0 : 0
      guard backlog.count + bytes.count - written <= Self.backlogLimit else { return .ended }
      for index in written..<bytes.count {
        backlog.append(bytes[index])
      }
    } catch {
      // The peer is gone. An event says so too, and what the member said last is still to be read then.
      return .waiting
    }
    return waitForSpace(token, registry)
  }

  /// Writes what was kept, as far as the system has space.
  mutating func flush(_ token: Token, _ registry: S.Registry) -> Outcome {
    var written = 0
    do throws(IOError) {
      while written < backlog.count {
        guard let count = try stream.write(backlog.span.extracting(written...)) else { break }
        written += count
      }
    } catch {
      return .ended
    }
    backlog.removeFirst(written)
    return hasLeft && backlog.isEmpty ? .ended : waitForSpace(token, registry)
  }

  /// Registers the stream for writing while something waits to be written, and no longer.
  mutating func waitForSpace(_ token: Token, _ registry: S.Registry) -> Outcome {
    guard waitsForSpace == backlog.isEmpty else { return .waiting }
    waitsForSpace = !backlog.isEmpty
    do throws(IOError) {
      try registry.reregister(&stream, token: token, interests: interests)
      return .waiting
    } catch {
      return .ended
    }
  }

  /// What the stream is registered for.
  var interests: Interests { waitsForSpace ? [.readable, .writable] : .readable }
}

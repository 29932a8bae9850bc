import MetalIO

/// A client of a chat server.
struct ChatMember<S: Selector>: ~Copyable {
  typealias Buffer = InlineArray<4096, UInt8>

  enum Outcome {
    /// An event will report when there is more to do.
    case waiting
    /// The outbox has new lines from the member, and more may follow.
    case spoke
    /// The member has finished sending.
    ///
    /// The server drops the member after sending its backlog.
    case finished
    /// The connection has ended, and the server can drop it.
    case ended
  }

  var stream: S.UnixStream
  let number: Int

  /// The beginning of an incomplete line.
  var line: [UInt8] = []

  /// The lines of the other members that the system had no space for.
  var backlog: [UInt8] = []

  /// Whether the stream is registered for writing as well.
  ///
  /// The stream is registered for writing only while there is a backlog. On epoll, a Unix-domain stream is reported as
  /// writable each time its peer has read.
  var waitsForSpace = false

  /// Whether the member has finished sending, and has therefore left the chat.
  var hasLeft = false

  /// The longest line in bytes, without its end.
  ///
  /// A longer line is split.
  static var lineLimit: Int { 1024 }

  /// The longest backlog in bytes.
  ///
  /// If more bytes wait for a member, beyond the system's buffers, the server drops the member.
  static var backlogLimit: Int { 65_536 }

  init(_ stream: consuming S.UnixStream, number: Int) {
    self.stream = stream
    self.number = number
  }
}

// MARK: - Receiving from the member

extension ChatMember {
  /// Reads once, and adds all complete lines, with the number of the member, to the outbox.
  mutating func listen(_ buffer: inout Buffer, _ outbox: inout [UInt8]) -> Outcome {
    if hasLeft { return .waiting }
    do throws(IOError) {
      guard let count = try stream.read(into: buffer.mutableSpan) else { return .waiting }
      if count == 0 {
        // The last line may be incomplete.
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
    // The check comes with the byte after a full line, because this byte may be the end of the line.
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

// MARK: - Sending to the member

extension ChatMember {
  /// Writes bytes, and keeps the bytes that the system has no space for.
  ///
  /// A backlog beyond the limit ends the connection. Waiting for a member that does not read would stall the others. An
  /// unlimited backlog would need unlimited memory.
  mutating func tell(_ bytes: Span<UInt8>, _ token: Token, _ registry: S.Registry) -> Outcome {
    if hasLeft { return .waiting }
    do throws(IOError) {
      // New bytes must wait for the backlog, which keeps the order.
      let written = backlog.isEmpty ? try stream.write(bytes) ?? 0 : 0
      guard backlog.count + bytes.count - written <= Self.backlogLimit else { return .ended }
      for index in written..<bytes.count {
        backlog.append(bytes[index])
      }
    } catch {
      // The peer has closed the connection. An event reports this too, and the member's last bytes can still be read
      // then.
      return .waiting
    }
    return waitForSpace(token, registry)
  }

  /// Writes the backlog, as far as the system has space.
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

  /// Registers the stream for writing only while there is a backlog.
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

  /// The interests that the stream is registered with.
  var interests: Interests { waitsForSpace ? [.readable, .writable] : .readable }
}

public import MetalCore

/// One event of poll(2): the token of the source, and the flags that the kernel returned.
///
/// poll(2) knows nothing of tokens, so the record is the library's own.
///
/// Source: poll(2), `revents`; Linux man-pages 6.
@frozen
public struct PosixPollEvent: ReadinessEvent {
  /// The token under which the source, or the waker, was registered.
  public let token: Token

  /// The flags as the kernel set them (`POLLIN` and so on).
  public let rawFlags: UInt16

  init(token: Token, flags: Conditions) {
    self.token = token
    rawFlags = flags.rawValue
  }

  @inlinable func has(_ flags: Conditions) -> Bool { Conditions(rawValue: rawFlags).hasAny(of: flags) }

  /// Whether there is something to read or to accept (`POLLIN`).
  ///
  /// Urgent data alone is not: see ``isPriority``.
  @inlinable public var isReadable: Bool { has(.readable) }

  /// Whether there is space to write, or a connection attempt has ended (`POLLOUT`).
  @inlinable public var isWritable: Bool { has(.writable) }

  /// Whether the source reports an error, which need not end it (`POLLERR`).
  ///
  /// A socket has a pending error, or on Linux a message in its error queue (`MSG_ERRQUEUE` in recv(2)). On Linux a
  /// pipe has lost its readers.
  @inlinable public var isError: Bool { has(.error) }

  /// Whether nothing more will arrive: hung up, or the peer has finished (`POLLHUP`, `POLLRDHUP`).
  ///
  /// Where the system has no `POLLRDHUP`, a peer that has finished is readable and nothing else.
  @inlinable public var isReadClosed: Bool { has([.hungUp, .readClosed]) }

  /// Whether nothing more can be written: both directions have ended (`POLLHUP`).
  ///
  /// `POLLERR` without it does not prove that: on Linux a UDP socket reports a refused datagram by the same flags as a
  /// pipe whose readers are gone.
  @inlinable public var isWriteClosed: Bool { has(.hungUp) }

  /// Whether there is urgent data or another exceptional condition (`POLLPRI`).
  ///
  /// Urgent data alone leaves ``isReadable`` `false`: a read would block.
  @inlinable public var isPriority: Bool { has(.priority) }

  /// The token, the name of every flag that is set, and the kernel's flags; the text is not stable.
  public var debugDescription: String { "\(description) [poll 0x\(String(rawFlags, radix: 16))]" }
}

public import MetalCore

/// An event of poll(2): the token of the source, and the flags that the kernel returned.
///
/// poll(2) has no tokens, so the library makes the record itself.
///
/// Source: poll(2), `revents`; Linux man-pages 6.
@frozen
public struct PosixPollEvent: ReadinessEvent {
  /// The token under which the program registered the source or the waker.
  public let token: Token

  /// The flags of the event, exactly as the kernel set them (`POLLIN` and so on).
  public let rawFlags: UInt16

  init(token: Token, flags: Conditions) {
    self.token = token
    rawFlags = flags.rawValue
  }

  @inlinable func has(_ flags: Conditions) -> Bool { Conditions(rawValue: rawFlags).hasAny(of: flags) }

  /// Whether a read or an accept may succeed (`POLLIN`).
  ///
  /// For urgent data alone, the value is `false`, and ``isPriority`` is `true`.
  @inlinable public var isReadable: Bool { has(.readable) }

  /// Whether there is space to write, or a connection attempt has ended (`POLLOUT`).
  @inlinable public var isWritable: Bool { has(.writable) }

  /// Whether the kernel reports an error of the source (`POLLERR`).
  ///
  /// An error need not end the source. On a socket, the cause is a pending error, or on Linux a message in the error
  /// queue (`MSG_ERRQUEUE` in recv(2)). On a pipe, the cause on Linux is that the pipe no longer has a reader.
  @inlinable public var isError: Bool { has(.error) }

  /// Whether nothing more will arrive: the source is hung up, or the peer has finished (`POLLHUP`, `POLLRDHUP`).
  ///
  /// If the peer has finished on a system without `POLLRDHUP`, ``isReadable`` is `true`, and this value is `false`.
  @inlinable public var isReadClosed: Bool { has([.hungUp, .readClosed]) }

  /// Whether the program can write nothing more: both directions have ended (`POLLHUP`).
  ///
  /// `POLLERR` alone does not prove the end of writing. Linux reports a refused datagram of a UDP socket with the same
  /// flags as a pipe without readers.
  @inlinable public var isWriteClosed: Bool { has(.hungUp) }

  /// Whether there is urgent data or another exceptional condition (`POLLPRI`).
  ///
  /// For urgent data alone, ``isReadable`` is `false`, because a read would block.
  @inlinable public var isPriority: Bool { has(.priority) }

  /// The token, the name of every set flag, and the kernel's flags in hexadecimal.
  ///
  /// The text may change.
  public var debugDescription: String { "\(description) [poll 0x\(String(rawFlags, radix: 16))]" }
}

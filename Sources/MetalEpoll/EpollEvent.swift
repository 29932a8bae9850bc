#if METAL_LINUX
public import CMetalSystem
public import MetalCore

/// An event of epoll: the kernel's own record, read in place.
///
/// Source: epoll_ctl(2), `struct epoll_event`; Linux man-pages 6.
@frozen
public struct EpollEvent: ReadinessEvent {
  @usableFromInline let record: metal_epoll_event

  @inlinable
  init(record: metal_epoll_event) {
    self.record = record
  }

  /// The flags of the event, exactly as the kernel set them (`EPOLLIN` and so on).
  @inlinable public var rawFlags: UInt32 { record.events }

  /// The token under which the program registered the source or the waker.
  @inlinable public var token: Token { Token(rawValue: UInt(truncatingIfNeeded: record.token)) }

  /// Whether a read or an accept may succeed (`EPOLLIN`).
  ///
  /// For urgent data alone, the value is `false`, and ``isPriority`` is `true`.
  @inlinable public var isReadable: Bool { record.events & METAL_EPOLLIN != 0 }

  /// Whether there is space to write, or a connection attempt has ended (`EPOLLOUT`).
  @inlinable public var isWritable: Bool { record.events & METAL_EPOLLOUT != 0 }

  /// Whether the kernel reports an error of the source (`EPOLLERR`).
  ///
  /// An error need not end the source. On a socket, the cause is a pending error, or a message in the error queue
  /// (`MSG_ERRQUEUE` in recv(2)). On a pipe, the cause is that it no longer has a reader.
  @inlinable public var isError: Bool { record.events & METAL_EPOLLERR != 0 }

  /// Whether nothing more will arrive: the source is hung up, or the peer has finished (`EPOLLHUP`, `EPOLLRDHUP`).
  @inlinable public var isReadClosed: Bool { record.events & (METAL_EPOLLHUP | METAL_EPOLLRDHUP) != 0 }

  /// Whether the program can write nothing more: both directions have ended (`EPOLLHUP`).
  ///
  /// `EPOLLERR` alone does not prove the end of writing. The kernel reports a refused datagram of a UDP socket with the
  /// same flags as a pipe without readers.
  @inlinable public var isWriteClosed: Bool { record.events & METAL_EPOLLHUP != 0 }

  /// Whether there is urgent data or another exceptional condition (`EPOLLPRI`).
  ///
  /// For urgent data alone, ``isReadable`` is `false`, because a read would block.
  @inlinable public var isPriority: Bool { record.events & METAL_EPOLLPRI != 0 }

  /// The token, the name of every set flag, and the kernel's flags in hexadecimal.
  ///
  /// The text may change.
  public var debugDescription: String {
    "\(description) [epoll 0x\(String(rawFlags, radix: 16))]"
  }
}
#endif

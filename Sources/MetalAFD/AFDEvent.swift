#if METAL_WINDOWS
public import MetalCore

/// An event of AFD: the token of the source, and the flags of its conditions.
///
/// AFD has no tokens, so the library makes the record itself. A reset, a failed attempt to connect or the end of the
/// stream makes directions ready. The library adds each of these directions to the flags of AFD, if the program has
/// registered for the direction.
///
/// Source: `AFD_POLL_INFO`; Windows does not document AFD.
@frozen
public struct AFDEvent: ReadinessEvent {
  /// The token under which the program registered the source or the waker.
  public let token: Token

  /// The flags of the event, with the values of AFD (`AFD_POLL_RECEIVE` and so on).
  ///
  /// The value 0x8000 is the library's own: the other end of a named pipe is gone.
  public let rawFlags: UInt16

  init(token: Token, conditions: Conditions) {
    self.token = token
    rawFlags = conditions.rawValue
  }

  @inlinable func has(_ flags: Conditions) -> Bool { Conditions(rawValue: rawFlags).hasAny(of: flags) }

  /// Whether a read or an accept may succeed (`AFD_POLL_RECEIVE`, `AFD_POLL_ACCEPT`).
  ///
  /// For urgent data alone, the value is `false`, and ``isPriority`` is `true`.
  @inlinable public var isReadable: Bool { has([.readable, .acceptable]) }

  /// Whether there is space to write, or a connection attempt has ended (`AFD_POLL_SEND`).
  @inlinable public var isWritable: Bool { has(.writable) }

  /// Whether the connection was reset, or an attempt to connect has failed (`AFD_POLL_ABORT`, `AFD_POLL_CONNECT_FAIL`).
  @inlinable public var isError: Bool { has([.aborted, .connectFailed]) }

  /// Whether nothing more will arrive (`AFD_POLL_DISCONNECT`, `AFD_POLL_ABORT`, `AFD_POLL_CONNECT_FAIL`).
  @inlinable public var isReadClosed: Bool { has([.readClosed, .aborted, .connectFailed]) }

  /// Whether the program can write nothing more (`AFD_POLL_ABORT`, `AFD_POLL_CONNECT_FAIL`).
  @inlinable public var isWriteClosed: Bool { has([.aborted, .connectFailed, .writeClosed]) }

  /// Whether there is urgent data (`AFD_POLL_RECEIVE_EXPEDITED`).
  ///
  /// For urgent data alone, ``isReadable`` is `false`, because a read would block.
  @inlinable public var isPriority: Bool { has(.priority) }

  /// The token, the name of every set flag, and the flags in hexadecimal.
  ///
  /// The text may change.
  public var debugDescription: String { "\(description) [afd 0x\(String(rawFlags, radix: 16))]" }
}
#endif

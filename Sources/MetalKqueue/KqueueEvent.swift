public import MetalCore

/// An event of a ``KqueueSelector``: the system's own record, as the wait delivers it.
///
/// A source that is ready in both directions has two events, under one token.
///
/// Source: kqueue(2).
@frozen
public struct KqueueEvent: ReadinessEvent {
  @usableFromInline let record: KernelEvent

  @inlinable init(record: KernelEvent) { self.record = record }

  /// The record as the system delivered it.
  ///
  /// The meaning of the fields differs between systems.
  @inlinable public var rawRecord: KernelEvent { record }

  /// The token under which the program registered the source or the waker (`udata`).
  @inlinable public var token: Token { Token(rawValue: record.token) }

  /// Whether the source is readable: `EVFILT_READ`, or a waker's `EVFILT_USER`.
  @inlinable public var isReadable: Bool { record.filter == .read || record.filter == .user && !reportsBrokenPipe }

  /// Whether the source is writable: `EVFILT_WRITE`, even if the direction has ended.
  @inlinable public var isWritable: Bool { record.filter == .write || reportsBrokenPipe }

  /// Whether the source has an error: `EV_EOF` together with a socket's error, or `EV_ERROR`.
  ///
  /// If an error ends no direction, the event does not show the error. The next call on the source returns the error.
  @inlinable
  public var isError: Bool {
    record.flags.contains(.error) || record.flags.contains(.endOfFile) && record.filterFlags != 0
  }

  /// Whether the reading direction has ended: `EVFILT_READ` and `EV_EOF`.
  @inlinable public var isReadClosed: Bool { record.filter == .read && record.flags.contains(.endOfFile) }

  /// Whether the writing direction has ended: `EVFILT_WRITE` and `EV_EOF`, or the report of a broken pipe.
  @inlinable
  public var isWriteClosed: Bool { record.filter == .write && record.flags.contains(.endOfFile) || reportsBrokenPipe }

  /// Always `false`, because event queues do not report urgent data portably.
  @inlinable public var isPriority: Bool { false }

  /// Whether this event is the selector's own report of a broken pipe: see ``BrokenPipes``.
  @inlinable var reportsBrokenPipe: Bool { record.filter == .user && record.filterFlags & BrokenPipes.mark != 0 }

  /// The token, the flags, and the fields of the raw record.
  public var debugDescription: String {
    let (flags, filterFlags) = (String(record.flags.rawValue, radix: 16), String(record.filterFlags, radix: 16))
    let fields = "ident \(record.ident) filter \(record.filter.rawValue) flags 0x\(flags) fflags 0x\(filterFlags)"
    return "\(description) [kqueue \(fields) data \(record.data)]"
  }
}

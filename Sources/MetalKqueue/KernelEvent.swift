/// One record of an event queue: a change on the way in, an event on the way out.
///
/// It is laid out as the system's own `struct kevent`, so that lists of it go in and out of the call as they are.
///
/// Source: kqueue(2), FreeBSD 14, macOS 15, OpenBSD 7, NetBSD 10.
@frozen
public struct KernelEvent: Hashable, Sendable, BitwiseCopyable {
  /// The object that is watched: a descriptor's number, or for ``Filter/user`` any number (`ident`).
  public var ident: UInt
  /// The condition of the object that is watched (`filter`).
  public var filter: Filter
  /// The action on the way in, the state on the way out (`flags`).
  public var flags: Flags
  /// Flags that the filter gives a meaning; with ``Flags/endOfFile`` the socket's error, a bare errno (`fflags`).
  public var filterFlags: UInt32
  /// A number that the filter gives a meaning; with ``Flags/error`` an errno, 0 for a receipt (`data`).
  public var data: Int
  /// The program's own name for the registration (`udata`).
  public var token: UInt
  /// The fields that only some systems have; empty on most.
  @usableFromInline var reserved = Reserved()

  /// Makes a change.
  @inlinable
  public init(ident: UInt, filter: Filter, flags: Flags, filterFlags: UInt32 = 0, data: Int = 0, token: UInt = 0) {
    self.ident = ident
    self.filter = filter
    self.flags = flags
    self.filterFlags = filterFlags
    self.data = data
    self.token = token
  }
}

extension KernelEvent {
  /// Sets the number of bytes from which a socket counts as ready, in place of its option (`NOTE_LOWAT`).
  @inlinable public static var lowWaterMark: UInt32 { 0x0001 }

  /// A condition that a queue watches; the numbers are those of the system that the program is built for.
  @frozen
  public struct Filter: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The system's number.
    public let rawValue: RawFilter

    /// Wraps a number, which the system may not know.
    @inlinable public init(rawValue: RawFilter) { self.rawValue = rawValue }
  }

  /// The action that a change asks for, and the state that an event reports.
  @frozen
  public struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: RawFlags

    /// Wraps bits.
    @inlinable public init(rawValue: RawFlags) { self.rawValue = rawValue }

    /// Makes a registration, or modifies one that is there (`EV_ADD`).
    @inlinable public static var add: Flags { Flags(rawValue: 0x0001) }
    /// Ends a registration (`EV_DELETE`).
    @inlinable public static var delete: Flags { Flags(rawValue: 0x0002) }
    /// Delivers events again (`EV_ENABLE`).
    @inlinable public static var enable: Flags { Flags(rawValue: 0x0004) }
    /// Delivers no events, and remembers them (`EV_DISABLE`).
    @inlinable public static var disable: Flags { Flags(rawValue: 0x0008) }
    /// Ends the registration with its first event (`EV_ONESHOT`).
    @inlinable public static var oneShot: Flags { Flags(rawValue: 0x0010) }
    /// Reports edges: an event is reported once (`EV_CLEAR`).
    @inlinable public static var clear: Flags { Flags(rawValue: 0x0020) }
    /// Answers the change with an entry of its own, also if it succeeds (`EV_RECEIPT`).
    @inlinable public static var receipt: Flags { Flags(rawValue: 0x0040) }
    /// Disables the registration with each event (`EV_DISPATCH`).
    @inlinable public static var dispatch: Flags { Flags(rawValue: 0x0080) }
    /// On the way out: this is the answer to a change (`EV_ERROR`).
    @inlinable public static var error: Flags { Flags(rawValue: 0x4000) }
    /// On the way out: this direction has ended (`EV_EOF`).
    @inlinable public static var endOfFile: Flags { Flags(rawValue: 0x8000) }
  }
}

/// The meaning of `filterFlags` for a user event: how to store the change's 24 bits, and whether to trigger the event.
@frozen
public enum UserEventFlags {
  /// Leaves the stored bits alone (`NOTE_FFNOP`).
  @inlinable public static var ignore: UInt32 { 0x0000_0000 }
  /// Keeps of the stored bits those that the change has (`NOTE_FFAND`).
  @inlinable public static var and: UInt32 { 0x4000_0000 }
  /// Adds the change's bits to the stored ones (`NOTE_FFOR`).
  @inlinable public static var or: UInt32 { 0x8000_0000 }
  /// Stores the change's bits (`NOTE_FFCOPY`).
  @inlinable public static var copy: UInt32 { 0xC000_0000 }
  /// The bits that select one of these four (`NOTE_FFCTRLMASK`).
  @inlinable public static var controlMask: UInt32 { 0xC000_0000 }
  /// The program's own bits (`NOTE_FFLAGSMASK`).
  @inlinable public static var bitsMask: UInt32 { 0x00FF_FFFF }
  /// Makes the event fire (`NOTE_TRIGGER`).
  @inlinable public static var trigger: UInt32 { 0x0100_0000 }
}

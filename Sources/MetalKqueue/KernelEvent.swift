/// A record of an event queue: a change as input, an event as output.
///
/// The type has the layout of the system's `struct kevent`. So the library passes lists of records to the system
/// without conversion.
///
/// Source: kqueue(2), FreeBSD 14, macOS 15, OpenBSD 7, NetBSD 10.
@frozen
public struct KernelEvent: Hashable, Sendable, BitwiseCopyable {
  /// The watched object: a descriptor's number, or any number for ``Filter/user`` (`ident`).
  public var ident: UInt
  /// The watched condition of the object (`filter`).
  public var filter: Filter
  /// The action of a change, or the state in an event (`flags`).
  public var flags: Flags
  /// The flags of the filter, or the errno of the socket with ``Flags/endOfFile`` (`fflags`).
  public var filterFlags: UInt32
  /// A number that the filter defines, or the errno of an answer with ``Flags/error`` (`data`).
  ///
  /// The errno of a receipt is 0.
  public var data: Int
  /// The program's own name for the registration (`udata`).
  public var token: UInt
  /// The fields that only some systems have.
  @usableFromInline var reserved = Reserved()

  /// Makes a record from the values of its properties.
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
  /// The filter flag that makes `data` the registration's low-water mark, in bytes (`NOTE_LOWAT`).
  @inlinable public static var lowWaterMark: UInt32 { 0x0001 }

  /// A condition that a queue watches.
  ///
  /// The numbers differ between systems.
  @frozen
  public struct Filter: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The system's number.
    public let rawValue: RawFilter

    /// Makes a filter from a number.
    ///
    /// The system may not know the number.
    @inlinable public init(rawValue: RawFilter) { self.rawValue = rawValue }
  }

  /// The action that a change asks for, and the state that an event reports.
  @frozen
  public struct Flags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    /// The bits.
    public let rawValue: RawFlags

    /// Makes flags from bits.
    @inlinable public init(rawValue: RawFlags) { self.rawValue = rawValue }

    /// Makes a registration, or modifies an existing one (`EV_ADD`).
    @inlinable public static var add: Flags { Flags(rawValue: 0x0001) }
    /// Ends a registration (`EV_DELETE`).
    @inlinable public static var delete: Flags { Flags(rawValue: 0x0002) }
    /// Resumes the delivery of events (`EV_ENABLE`).
    @inlinable public static var enable: Flags { Flags(rawValue: 0x0004) }
    /// Stops the delivery of events, and keeps them pending (`EV_DISABLE`).
    @inlinable public static var disable: Flags { Flags(rawValue: 0x0008) }
    /// Ends the registration with its first event (`EV_ONESHOT`).
    @inlinable public static var oneShot: Flags { Flags(rawValue: 0x0010) }
    /// Reports edges: the queue reports each event once (`EV_CLEAR`).
    @inlinable public static var clear: Flags { Flags(rawValue: 0x0020) }
    /// Requests an answer to the change, even if the change succeeds (`EV_RECEIPT`).
    @inlinable public static var receipt: Flags { Flags(rawValue: 0x0040) }
    /// Disables the registration after each event (`EV_DISPATCH`).
    @inlinable public static var dispatch: Flags { Flags(rawValue: 0x0080) }
    /// Marks an output record as the answer to a change (`EV_ERROR`).
    @inlinable public static var error: Flags { Flags(rawValue: 0x4000) }
    /// Reports that the direction has ended (`EV_EOF`).
    @inlinable public static var endOfFile: Flags { Flags(rawValue: 0x8000) }
  }
}

/// The values of `filterFlags` for a user event.
///
/// Four operations change the 24 bits that a user event stores. One flag triggers the event.
@frozen
public enum UserEventFlags {
  /// Leaves the stored bits unchanged (`NOTE_FFNOP`).
  @inlinable public static var ignore: UInt32 { 0x0000_0000 }
  /// Keeps the stored bits that the change also has (`NOTE_FFAND`).
  @inlinable public static var and: UInt32 { 0x4000_0000 }
  /// Adds the change's bits to the stored bits (`NOTE_FFOR`).
  @inlinable public static var or: UInt32 { 0x8000_0000 }
  /// Stores the change's bits (`NOTE_FFCOPY`).
  @inlinable public static var copy: UInt32 { 0xC000_0000 }
  /// The bits that select one of the four operations above (`NOTE_FFCTRLMASK`).
  @inlinable public static var controlMask: UInt32 { 0xC000_0000 }
  /// The program's own bits (`NOTE_FFLAGSMASK`).
  @inlinable public static var bitsMask: UInt32 { 0x00FF_FFFF }
  /// Makes the event fire (`NOTE_TRIGGER`).
  @inlinable public static var trigger: UInt32 { 0x0100_0000 }
}

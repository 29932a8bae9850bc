#if METAL_WINDOWS
public import CMetalSystem
public import MetalCore

/// A set of conditions, with the flags of AFD.
@usableFromInline
struct Conditions: OptionSet, BitwiseCopyable, Sendable {
  @usableFromInline let rawValue: UInt16

  /// Bytes or a datagram have arrived.
  @inlinable static var readable: Conditions { Conditions(rawValue: UInt16(METAL_AFD_RECEIVE)) }
  /// Urgent data has arrived.
  @inlinable static var priority: Conditions { Conditions(rawValue: UInt16(METAL_AFD_RECEIVE_EXPEDITED)) }
  /// There is space to write, or a connection attempt has succeeded.
  @inlinable static var writable: Conditions { Conditions(rawValue: UInt16(METAL_AFD_SEND)) }
  /// The peer has finished.
  @inlinable static var readClosed: Conditions { Conditions(rawValue: UInt16(METAL_AFD_DISCONNECT)) }
  /// The connection was reset, or the program has reset it.
  @inlinable static var aborted: Conditions { Conditions(rawValue: UInt16(METAL_AFD_ABORT)) }
  /// The program has closed the socket.
  @inlinable static var closed: Conditions { Conditions(rawValue: UInt16(METAL_AFD_LOCAL_CLOSE)) }
  /// A connection waits to be accepted.
  @inlinable static var acceptable: Conditions { Conditions(rawValue: UInt16(METAL_AFD_ACCEPT)) }
  /// A connection attempt has failed.
  @inlinable static var connectFailed: Conditions { Conditions(rawValue: UInt16(METAL_AFD_CONNECT_FAIL)) }
  /// A named pipe has lost its other end.
  ///
  /// AFD has no such flag.
  @inlinable static var writeClosed: Conditions { Conditions(rawValue: 0x8000) }

  /// The conditions that AFD reports whatever the interests are.
  static var always: Conditions { [.aborted, .connectFailed, .closed] }

  @inlinable init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Makes the set of conditions that a set of interests asks for.
  init(_ interests: Interests) {
    self = interests.isReadable ? [.readable, .acceptable, .readClosed] : []
    if interests.isWritable { insert(.writable) }
    if interests.isPriority { insert(.priority) }
  }

  /// Whether this set contains any flag of another set.
  @inlinable func hasAny(of flags: Conditions) -> Bool { !isDisjoint(with: flags) }
}
#endif

public import CMetalSystem
internal import MetalCore

/// Conditions as poll(2) spells them.
///
/// Source: poll(2), `struct pollfd`; Linux man-pages 6, POSIX.1-2024.
@usableFromInline
struct Conditions: OptionSet, BitwiseCopyable, Sendable {
  @usableFromInline let rawValue: UInt16

  @inlinable static var readable: Conditions { Conditions(rawValue: UInt16(METAL_POLLIN)) }
  @inlinable static var priority: Conditions { Conditions(rawValue: UInt16(METAL_POLLPRI)) }
  @inlinable static var writable: Conditions { Conditions(rawValue: UInt16(METAL_POLLOUT)) }
  /// An error is pending; it cannot be masked.
  @inlinable static var error: Conditions { Conditions(rawValue: UInt16(METAL_POLLERR)) }
  /// Both directions are closed; it cannot be masked.
  @inlinable static var hungUp: Conditions { Conditions(rawValue: UInt16(METAL_POLLHUP)) }
  /// The descriptor is not open; it cannot be masked.
  @inlinable static var invalid: Conditions { Conditions(rawValue: UInt16(METAL_POLLNVAL)) }
  /// The peer has finished; empty where the system has no flag for it.
  @inlinable static var readClosed: Conditions { Conditions(rawValue: UInt16(METAL_POLLRDHUP)) }

  @inlinable init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The conditions that poll(2) has to look for to report a set of interests.
  init(_ interests: Interests) {
    self = interests.isReadable ? [.readable, .readClosed] : []
    if interests.isWritable { insert(.writable) }
    if interests.isPriority { insert(.priority) }
  }

  /// Whether a flag of another set is in this one; a flag that the system does not have never is.
  @inlinable func hasAny(of flags: Conditions) -> Bool { !isDisjoint(with: flags) }
}

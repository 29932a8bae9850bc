public import CMetalSystem
internal import MetalCore

/// A set of conditions, with the flags of poll(2).
///
/// Source: poll(2), `struct pollfd`; Linux man-pages 6, POSIX.1-2024.
@usableFromInline
struct Conditions: OptionSet, BitwiseCopyable, Sendable {
  @usableFromInline let rawValue: UInt16

  @inlinable static var readable: Conditions { Conditions(rawValue: UInt16(METAL_POLLIN)) }
  @inlinable static var priority: Conditions { Conditions(rawValue: UInt16(METAL_POLLPRI)) }
  @inlinable static var writable: Conditions { Conditions(rawValue: UInt16(METAL_POLLOUT)) }
  /// A pending error, which poll(2) always reports.
  @inlinable static var error: Conditions { Conditions(rawValue: UInt16(METAL_POLLERR)) }
  /// The end of both directions, which poll(2) always reports.
  @inlinable static var hungUp: Conditions { Conditions(rawValue: UInt16(METAL_POLLHUP)) }
  /// A descriptor that is not open, which poll(2) always reports.
  @inlinable static var invalid: Conditions { Conditions(rawValue: UInt16(METAL_POLLNVAL)) }
  /// The peer has finished.
  ///
  /// The set is empty on a system without a flag for this condition.
  @inlinable static var readClosed: Conditions { Conditions(rawValue: UInt16(METAL_POLLRDHUP)) }

  @inlinable init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Makes the set of conditions that poll(2) must report for a set of interests.
  init(_ interests: Interests) {
    self = interests.isReadable ? [.readable, .readClosed] : []
    if interests.isWritable { insert(.writable) }
    if interests.isPriority { insert(.priority) }
  }

  /// Whether this set contains any flag of another set.
  ///
  /// The result is `false` for a flag that the system does not have.
  @inlinable func hasAny(of flags: Conditions) -> Bool { !isDisjoint(with: flags) }
}

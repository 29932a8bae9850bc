/// The conditions to watch a source for, as a set that is never empty.
///
/// Register with ``readable``, ``writable``, ``priority`` or any union of them:
///
/// ```swift
/// try registry.register(&stream, token: 7, interests: [.readable, .writable])
/// ```
///
/// No operation yields an empty set, so a program cannot register a source for nothing. For this reason
/// ``subtracting(_:)`` returns an optional. A poll reports errors and hang-ups without an interest of their own.
///
/// - Complexity: Every operation is O(1). Only ``description`` allocates.
///
/// | Selector | Difference |
/// |---|---|
/// | epoll, poll(2), AFD | ``priority`` is available |
/// | kqueue | registering with ``priority`` throws ``IOError/Kind/unsupported`` |
@frozen
public struct Interests: Hashable, Sendable, BitwiseCopyable {
  @usableFromInline let bits: UInt8

  @inlinable init(bits: UInt8) { self.bits = bits }

  /// Incoming data, an incoming connection, or the end of the incoming stream.
  @inlinable public static var readable: Interests { Interests(bits: 0b001) }

  /// Space for outgoing data, or the end of a connection attempt.
  ///
  /// The interest costs events even while there is space. On epoll a poll reports a UDP socket writable after each
  /// datagram that the socket sends. Register a UDP socket for writing only while a datagram waits. The guide "Choosing
  /// a backend" has a table of all cases.
  @inlinable public static var writable: Interests { Interests(bits: 0b010) }

  /// Exceptional conditions, such as urgent data on a TCP stream.
  ///
  /// Source: `EPOLLPRI` in epoll_ctl(2), `POLLPRI` in poll(2).
  @inlinable public static var priority: Interests { Interests(bits: 0b100) }

  /// All interests.
  @inlinable package static var all: Interests { Interests(bits: 0b111) }

  /// Returns the set that holds the members of both sets.
  @inlinable public func union(_ other: Interests) -> Interests { Interests(bits: bits | other.bits) }

  /// Adds the members of another set to this set.
  @inlinable public mutating func formUnion(_ other: Interests) { self = union(other) }

  /// Returns the set without the members of another set, or `nil` if no member would be left.
  @inlinable
  public func subtracting(_ other: Interests) -> Interests? {
    let rest = bits & ~other.bits
    return rest == 0 ? nil : Interests(bits: rest)
  }

  /// Returns whether this set contains every member of another set.
  @inlinable public func contains(_ other: Interests) -> Bool { bits & other.bits == other.bits }

  /// Whether ``readable`` is a member.
  @inlinable public var isReadable: Bool { contains(.readable) }

  /// Whether ``writable`` is a member.
  @inlinable public var isWritable: Bool { contains(.writable) }

  /// Whether ``priority`` is a member.
  @inlinable public var isPriority: Bool { contains(.priority) }

  /// Returns the set that holds the members of both sets.
  @inlinable public static func | (left: Interests, right: Interests) -> Interests { left.union(right) }

  /// Adds the members of the right set to the left set.
  @inlinable public static func |= (left: inout Interests, right: Interests) { left.formUnion(right) }
}

extension Interests: ExpressibleByArrayLiteral {
  /// Makes the union of the listed sets.
  ///
  /// - Precondition: The literal is not empty. An empty literal stops the program.
  @inlinable
  public init(arrayLiteral elements: Interests...) {
    var bits: UInt8 = 0
    for element in elements { bits |= element.bits }
    guard bits != 0 else { Self.stopForEmptySet() }
    self.init(bits: bits)
  }

  @usableFromInline @inline(never)
  static func stopForEmptySet() -> Never {
    fatalError("An interest set cannot be empty. Name at least one of readable, writable and priority.")
  }
}

extension Interests: CustomStringConvertible {
  /// The names of the members in the order readable, writable, priority, separated by vertical bars.
  public var description: String {
    var text = ""
    if isReadable { text += "readable" }
    if isWritable { text += text.isEmpty ? "writable" : "|writable" }
    if isPriority { text += text.isEmpty ? "priority" : "|priority" }
    return text
  }
}

/// Holds the events that a poll's wait delivers, in a buffer of a fixed size.
///
/// ```swift
/// var events = Events(capacity: 1024)
/// while true {
///   do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
///   while let event = events.popFirst() { handle(event) }
/// }
/// ```
///
/// The elements are the system's own records. A wait discards the events in the container, and delivers at most
/// ``capacity`` new events. The next wait delivers the events that did not fit. The container never grows. The order of
/// the events has no meaning.
///
/// The type has value semantics. If a copy of the container exists, a wait first allocates a new buffer. If the program
/// holds one container and no copies, no wait allocates.
///
/// - Complexity: `init` allocates once. Every other member is O(1) and allocates nothing, unless its documentation says
///   otherwise.
///
/// `@unchecked Sendable`: the pointers point into the storage, so the storage's rule for sharing holds for them.
@safe
public struct Events<S: Selector>: RandomAccessCollection, @unchecked Sendable {
  @usableFromInline var storage: EventStorage<S.Event>

  /// The first event that the program has not taken.
  @usableFromInline var next: UnsafeMutablePointer<S.Event>

  /// The position after the last event.
  @usableFromInline var end: UnsafeMutablePointer<S.Event>

  /// The most events that one wait delivers.
  @inlinable public var capacity: Int { storage.capacity }

  /// The largest capacity: 1,048,576 events, which take 12 to 64 MiB.
  @inlinable public static var maximumCapacity: Int { 1 << 20 }

  /// Makes an empty container for a number of events.
  ///
  /// - Parameter capacity: The most events that one wait delivers, from 0 to ``maximumCapacity``. With a capacity of 0,
  ///   ``Poll/wait(into:timeout:)`` throws ``IOError/Kind/invalidInput``.
  /// - Precondition: `capacity` is from 0 to ``maximumCapacity``. Any other number stops the program.
  /// - Complexity: One allocation.
  public init(capacity: Int) {
    guard capacity >= 0, capacity <= Self.maximumCapacity else {
      fatalError("Events cannot have a capacity of \(capacity). Ask for 1 to \(Self.maximumCapacity), such as 1024.")
    }
    storage = EventStorage(capacity: capacity)
    // Safety: this value holds the storage, so the storage outlives the pointers, here and wherever the code sets the
    // pointers.
    unsafe next = storage.elements
    unsafe end = storage.elements
  }

  /// The number of events that the last wait delivered and ``popFirst()`` has not taken.
  @inlinable public var count: Int {
    // Safety: both pointers point into the storage, here and below.
    unsafe end - next
  }

  /// Discards the events and keeps the buffer.
  @inlinable
  public mutating func removeAll() {
    unsafe next = storage.elements
    unsafe end = storage.elements
  }

  /// Takes the next event out of the container.
  ///
  /// Write the loop as `while let event = events.popFirst()`. The loop retains nothing, wherever the program stores the
  /// container. The body of the loop may change the value that holds the container.
  ///
  /// - Returns: The event, or `nil` if every event was taken.
  @inlinable @inline(__always)
  public mutating func popFirst() -> S.Event? {
    guard unsafe next != end else { return nil }
    // Safety: the record is an initialized one, and its buffer lives as long as this value.
    let event = unsafe next.pointee
    unsafe next += 1
    return event
  }

  /// The position of the first event that was not taken, which is always 0.
  ///
  /// ``popFirst()`` moves the positions of the other events down by one.
  @inlinable public var startIndex: Int { 0 }

  /// The position after the last event.
  @inlinable public var endIndex: Int { count }

  /// Returns the event at a position.
  ///
  /// - Parameter position: A position from 0 to ``count`` − 1. Any other position stops the program.
  @inlinable
  public subscript(position: Int) -> S.Event {
    // A negative position is a large unsigned number, so one comparison checks both bounds.
    guard UInt(bitPattern: position) < UInt(bitPattern: count) else { Self.stop(at: position, of: count) }
    // Safety: the position was checked. The pointer does not keep the storage alive, so the code extends the storage's
    // life to the use of the pointer.
    return withExtendedLifetime(storage) { unsafe next[position] }
  }

  // The function takes numbers only. A method would force the loops that use the subscript to keep the whole container
  // at hand.
  @usableFromInline @inline(never)
  static func stop(at position: Int, of count: Int) -> Never {
    fatalError("No event is at position \(position), because the count is \(count). Use the indices of Events.")
  }
}

// MARK: - Iteration

extension Events {
  /// Iterates over the events that are left in a container.
  @frozen
  public struct Iterator: IteratorProtocol, Sendable {
    @usableFromInline var events: Events

    @inlinable
    init(_ events: Events) { self.events = events }

    /// Returns the next event, or `nil` after the last.
    @inlinable public mutating func next() -> S.Event? { events.popFirst() }
  }

  /// Returns an iterator over the events that are left, in the order in which the wait delivered them.
  ///
  /// The iterator holds a copy of the container. A wait into the container inside the loop therefore allocates.
  @inlinable public func makeIterator() -> Iterator { Iterator(self) }
}

/// The buffer behind ``Events``, with room for a fixed number of records.
///
/// `@unchecked Sendable`: only an ``Events`` value that is the sole owner writes to the buffer. All other accesses are
/// reads.
@usableFromInline @safe
final class EventStorage<Event: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let elements: UnsafeMutablePointer<Event>
  @usableFromInline let capacity: Int

  @usableFromInline
  init(capacity: Int) {
    self.capacity = capacity
    // Safety: the records are trivial, and `Events.count` limits reading to the records that were written.
    unsafe elements = UnsafeMutablePointer<Event>.allocate(capacity: capacity)
  }

  deinit {
    // Safety: no other object holds the pointer, and trivial elements need no deinitialization.
    unsafe elements.deallocate()
  }
}

/// The events of one poll, in a buffer that is allocated once and handed to every wait.
///
/// ```swift
/// var events = Events(capacity: 1024)
/// while true {
///   do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
///   while let event = events.popFirst() { … }
/// }
/// ```
///
/// The elements are the system's own records. A wait discards what the container held and delivers at most ``capacity``
/// events; what did not fit comes with the next wait. The container never grows. Its order carries no meaning.
///
/// It has value semantics: a wait into a container whose copy is still held elsewhere allocates a buffer of its own
/// first. Hold one container and no copies, and no wait allocates.
///
/// - Complexity: `init` allocates once; everything else is O(1) and allocates nothing, but for the case above.
///
/// `@unchecked Sendable`: the pointers that it holds are its storage's, and so is the rule for sharing it.
@safe
public struct Events<S: Selector>: RandomAccessCollection, @unchecked Sendable {
  @usableFromInline var storage: EventStorage<S.Event>

  /// The first event that was not taken.
  @usableFromInline var next: UnsafeMutablePointer<S.Event>

  /// Where the events end.
  @usableFromInline var end: UnsafeMutablePointer<S.Event>

  /// The most events that one poll delivers.
  @inlinable public var capacity: Int { storage.capacity }

  /// The largest capacity: 1,048,576 events, which take 12 to 64 MiB.
  @inlinable public static var maximumCapacity: Int { 1 << 20 }

  /// Makes an empty container for a number of events.
  ///
  /// - Parameter capacity: Most events that one poll delivers, at most ``maximumCapacity``. With 0, ``Poll/wait(into:timeout:)`` throws
  ///   ``IOError/Kind/invalidInput``. A negative or larger number is a broken precondition and stops the program.
  public init(capacity: Int) {
    guard capacity >= 0, capacity <= Self.maximumCapacity else {
      fatalError("Events cannot have a capacity of \(capacity). Ask for 1 to \(Self.maximumCapacity); 1024 is plenty.")
    }
    storage = EventStorage(capacity: capacity)
    // Safety: the storage lives as long as this value, which holds it; so it is wherever the pointers are set.
    unsafe next = storage.elements
    unsafe end = storage.elements
  }

  /// The number of events that the last poll delivered and ``popFirst()`` has not taken.
  @inlinable public var count: Int {
    // Safety: both pointers are the storage's; so it is below.
    unsafe end - next
  }

  /// Discards the events; the buffer stays.
  @inlinable
  public mutating func removeAll() {
    unsafe next = storage.elements
    unsafe end = storage.elements
  }

  /// Takes the next event out and returns it, or returns `nil` after the last.
  ///
  /// `while let event = events.popFirst()` is the loop to write: it retains nothing, wherever the container is stored,
  /// and its body may change what holds the container.
  @inlinable @inline(__always)
  public mutating func popFirst() -> S.Event? {
    guard unsafe next != end else { return nil }
    // Safety: the record lies among the initialized ones of a buffer that lives as long as this value.
    let event = unsafe next.pointee
    unsafe next += 1
    return event
  }

  /// The position of the first event that was not taken, always 0: ``popFirst()`` moves all positions.
  @inlinable public var startIndex: Int { 0 }

  /// The position after the last event.
  @inlinable public var endIndex: Int { count }

  /// The event at a position; a position outside the collection stops the program.
  @inlinable
  public subscript(position: Int) -> S.Event {
    // As unsigned numbers, since a negative position lies beyond the count then, so that one comparison does.
    guard UInt(bitPattern: position) < UInt(bitPattern: count) else { Self.stop(at: position, of: count) }
    // Safety: the position was checked. The pointer does not keep the storage, so its life is extended to where the
    // pointer was used.
    return withExtendedLifetime(storage) { unsafe next[position] }
  }

  // Of numbers alone, since a method would keep all of the container at hand in the loops that call the subscript.
  @usableFromInline @inline(never)
  static func stop(at position: Int, of count: Int) -> Never {
    fatalError("There is no event at position \(position) of \(count). Use the indices of Events.")
  }
}

// MARK: - Iteration

extension Events {
  /// The events of a container that a loop has not come to yet.
  @frozen
  public struct Iterator: IteratorProtocol, Sendable {
    @usableFromInline var events: Events

    @inlinable
    init(_ events: Events) { self.events = events }

    /// Returns the next event, or `nil` after the last.
    @inlinable public mutating func next() -> S.Event? { events.popFirst() }
  }

  /// Returns an iterator over the events that were not taken, in the order in which the poll delivered them.
  ///
  /// It holds a copy of the container, so a wait into the container inside the loop allocates.
  @inlinable public func makeIterator() -> Iterator { Iterator(self) }
}

/// The buffer behind ``Events``: room for a fixed number of records.
///
/// `@unchecked Sendable`: the buffer is written only through an ``Events`` value that is its sole owner, and otherwise
/// only read.
@usableFromInline @safe
final class EventStorage<Event: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let elements: UnsafeMutablePointer<Event>
  @usableFromInline let capacity: Int

  @usableFromInline
  init(capacity: Int) {
    self.capacity = capacity
    // Safety: the records are trivial; reading is limited to those that were written, by `Events.count`.
    unsafe elements = UnsafeMutablePointer<Event>.allocate(capacity: capacity)
  }

  deinit {
    // Safety: nobody else holds the pointer, and trivial elements need no deinitialization.
    unsafe elements.deallocate()
  }
}

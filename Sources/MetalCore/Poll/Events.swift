/// The events of one poll, in a buffer that is allocated once and handed to every poll.
///
/// ```swift
/// var events = Events(capacity: 1024)
/// while true {
///   do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
///   while let event = events.popFirst() { … }
/// }
/// ```
///
/// The elements are the system's own records. A poll discards what the container held and delivers at most ``capacity``
/// events; what did not fit comes with the next poll. The container never grows. Its order carries no meaning.
///
/// It has value semantics: a poll into a container whose copy is still held elsewhere allocates a buffer of its own
/// first. Hold one container and no copies, and no poll allocates.
///
/// - Complexity: `init` allocates once; everything else is O(1) and allocates nothing, but for the case above.
///
/// `@unchecked Sendable`: the pointer that it holds is its storage's, and so is the rule for sharing it.
@safe
public struct Events<S: Selector>: RandomAccessCollection, @unchecked Sendable {
  @usableFromInline var storage: EventStorage<S.Event>

  /// The storage's records, kept here as well so that the path of an event need not follow the reference.
  @usableFromInline var elements: UnsafeMutablePointer<S.Event>

  /// The most events that one poll delivers.
  public let capacity: Int

  /// The largest capacity: 1,048,576 events, which take 12 to 64 MiB.
  @inlinable public static var maximumCapacity: Int { 1 << 20 }

  /// The position of the first event that was not taken.
  @usableFromInline var first: Int

  /// The position after the last event.
  @usableFromInline var delivered: Int

  /// Makes an empty container for a number of events.
  ///
  /// - Parameter capacity: Most events that one poll delivers, at most ``maximumCapacity``. With 0, `poll` throws
  ///   ``IOError/Kind/invalidInput``. A negative or larger number is a broken precondition and stops the program.
  public init(capacity: Int) {
    guard capacity >= 0, capacity <= Self.maximumCapacity else {
      fatalError("Events cannot have a capacity of \(capacity). Ask for 1 to \(Self.maximumCapacity); 1024 is plenty.")
    }
    storage = EventStorage(capacity: capacity)
    // Safety: the storage lives as long as this value, which holds it.
    unsafe elements = storage.elements
    self.capacity = capacity
    first = 0
    delivered = 0
  }

  /// The number of events that the last poll delivered and ``popFirst()`` has not taken.
  @inlinable public var count: Int { delivered &- first }

  /// Discards the events; the buffer stays.
  @inlinable
  public mutating func removeAll() {
    first = 0
    delivered = 0
  }

  /// Takes the next event out and returns it, or returns `nil` after the last.
  ///
  /// `while let event = events.popFirst()` is the loop to write: it retains nothing, wherever the container is stored,
  /// and its body may change what holds the container.
  @inlinable
  public mutating func popFirst() -> S.Event? {
    guard first < delivered else { return nil }
    // Safety: the position lies among the initialized elements of a buffer that lives as long as this value.
    let event = unsafe elements[first]
    first &+= 1
    return event
  }

  /// The position of the first event.
  @inlinable public var startIndex: Int { first }

  /// The position after the last event.
  @inlinable public var endIndex: Int { delivered }

  /// The event at a position; a position outside the collection stops the program.
  @inlinable
  public subscript(position: Int) -> S.Event {
    // As unsigned numbers, since a negative position lies beyond the count then, so that one comparison does.
    guard UInt(bitPattern: position &- first) < UInt(bitPattern: count) else {
      Self.stop(at: position, first..<delivered)
    }
    // Safety: the first `count` elements are initialized, and the position was checked against it. The pointer does not
    // keep the storage, so its life is extended to where the pointer was used.
    return withExtendedLifetime(storage) { unsafe elements[position] }
  }

  // Of numbers alone, since a method would keep all of the container at hand in the loops that call the subscript.
  @usableFromInline @inline(never)
  static func stop(at position: Int, _ indices: Range<Int>) -> Never {
    fatalError("There is no event at position \(position). Use the indices of Events, \(indices).")
  }

  /// Adds an event behind the others, for a selector that collects its events one by one.
  ///
  /// - Returns: `false`, and nothing changed, if the container is full.
  @inlinable
  public mutating func append(_ event: S.Event) -> Bool {
    guard delivered < capacity else { return false }
    makeUnique(keepingEvents: true)
    // Safety: `delivered` is below the capacity of a buffer that no copy shares.
    unsafe elements[delivered] = event
    delivered += 1
    return true
  }
}

// MARK: - Iteration

extension Events {
  /// The events of a container that a loop has not come to yet.
  @frozen
  public struct Iterator: IteratorProtocol, Sendable {
    @usableFromInline var events: Events
    @usableFromInline var position: Int

    @inlinable
    init(_ events: Events) {
      self.events = events
      position = events.first
    }

    /// Returns the next event, or `nil` after the last.
    @inlinable
    public mutating func next() -> S.Event? {
      // The comparison is the subscript's own, so that there is one of them; the default iterator makes two.
      guard UInt(bitPattern: position) < UInt(bitPattern: events.delivered) else { return nil }
      let event = events[position]
      position &+= 1
      return event
    }
  }

  /// Returns an iterator over the events, in the order in which the poll delivered them.
  @inlinable public func makeIterator() -> Iterator { Iterator(self) }
}

// MARK: - Filling

extension Events {
  /// Discards the events and lends the buffer to a system call that fills it; ``commit(count:)`` ends the loan.
  @inlinable @unsafe
  package mutating func prepare() -> UnsafeMutablePointer<S.Event> {
    makeUnique(keepingEvents: false)
    removeAll()
    // Safety: the pointer is good for `capacity` records until the container changes, as the callers know.
    return unsafe elements
  }

  /// Declares the first `count` records of the lent buffer to be the events.
  @inlinable @unsafe
  package mutating func commit(count: Int) { delivered = count }

  @inlinable
  mutating func makeUnique(keepingEvents: Bool) {
    if !isKnownUniquelyReferenced(&storage) { replaceStorage(keepingEvents: keepingEvents) }
  }

  @inlinable @inline(never)
  mutating func replaceStorage(keepingEvents: Bool) {
    let fresh = EventStorage<S.Event>(capacity: capacity)
    if keepingEvents {
      // Safety: both buffers hold `capacity` elements, and `delivered` never exceeds it.
      unsafe fresh.elements.update(from: elements, count: delivered)
    }
    storage = fresh
    // Safety: as in the initializer.
    unsafe elements = fresh.elements
  }
}

/// The buffer behind ``Events``: room for a fixed number of records.
///
/// `@unchecked Sendable`: the buffer is written only through an ``Events`` value that is its sole owner, and otherwise
/// only read.
@usableFromInline @safe
final class EventStorage<Event: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let elements: UnsafeMutablePointer<Event>

  @usableFromInline
  init(capacity: Int) {
    // Safety: the records are trivial; reading is limited to those that were written, by `Events.count`.
    unsafe elements = UnsafeMutablePointer<Event>.allocate(capacity: capacity)
  }

  deinit {
    // Safety: nobody else holds the pointer, and trivial elements need no deinitialization.
    unsafe elements.deallocate()
  }
}

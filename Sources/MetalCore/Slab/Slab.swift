/// Stores noncopyable elements, and finds each element by its token.
///
/// An event loop keeps its connections in this collection. `Dictionary` cannot hold noncopyable values, and an array
/// index alone is not enough because of the **stale event**. A poll delivers events in batches. An early event of a
/// batch may close a connection. Another event may accept a new connection, which takes the place of the closed
/// connection. A later event of the batch, meant for the closed connection, would then find the new connection.
///
/// A slab's tokens therefore carry a generation, which changes when a place becomes empty. The token of a removed
/// element finds no element: ``update(_:_:)`` returns `nil`, and the program ignores the event.
///
/// ```swift
/// var connections = Slab<Connection>()
///
/// var stream = accepted.stream
/// try registry.register(&stream, token: connections.nextToken, interests: .readable)
/// connections.insert(Connection(stream))
///
/// while let event = events.popFirst() {
///   let isFinished = try connections.update(event.token) { connection throws(IOError) in
///     try connection.advance(event)
///   }
///   if isFinished == true { connections.remove(event.token) }   // nil: a stale event
/// }
/// ```
///
/// **Tokens.** The high half of the word is the generation, from 1, and the low half is the number of the slot. On
/// 64-bit systems a slab's token is therefore never below 2³², and smaller tokens are the program's own. Every method
/// takes any word. A word that this slab did not give out finds no element, unless the word equals one of the slab's
/// tokens. Two slabs give out equal tokens, so use one slab for all the sources of a poll.
///
/// **Limits.** An insertion beyond the number of elements in this table stops the program.
///
/// | Word | Elements | Tokens from | Reuses of a slot before an old token may find an element |
/// |---|---|---|---|
/// | 64 bits | 2³² − 1 | 2³² | at least 2³¹ |
/// | 32 bits | 65,535 | 65,536 | at least 2¹⁵ |
///
/// **Exclusive access.** A closure of ``update(_:_:)`` or a similar method has access to the slab while it runs. The
/// closure therefore cannot reach the slab itself. Return a value that names the work to do, and do the work
/// afterwards, as in the example. Pointers to elements never leave the closure, so growth may move elements freely.
///
/// **Cost.** Looking up a token is one comparison with the number of slots, and one comparison with the word before the
/// element. The lookup retains nothing. The memory is one block. The first insertion or a reservation allocates the
/// block. An insertion into a full block doubles the block. Dropping the slab destroys its elements and frees the
/// block. Every member is O(1) and allocates nothing, unless its documentation says otherwise.
@frozen @safe
public struct Slab<Element: ~Copyable>: ~Copyable {
  // A slot is a header word and room for an element. The header of an occupied slot is the token of its element. The
  // high half of a free slot's header is the generation of its next token. The low half is the number of the next free
  // slot, or `noSlot`. The low half is never the slot's own number, so no token finds a free slot.

  /// The block of slots, or `nil` while `slotCapacity` is 0.
  @usableFromInline var storage: UnsafeMutableRawPointer?

  /// The number of slots that the memory has room for.
  @usableFromInline var slotCapacity: UInt = 0

  /// The number of slots in use so far, occupied or free.
  ///
  /// The headers of all later slots are uninitialised.
  @usableFromInline var slotCount: UInt = 0

  /// The number of occupied slots.
  @usableFromInline var liveCount = 0

  /// The free slot to take next, or `noSlot`.
  ///
  /// The slab emptied this slot last, so the memory of the slot is most likely in the cache.
  @usableFromInline var firstFreeSlot: UInt = Self.noSlot

  /// The first generation of a slot beyond `slotCount`, already in the high half.
  @usableFromInline var firstGeneration: UInt = Self.generationStep

  /// Creates an empty slab without memory.
  ///
  /// The first insertion allocates memory.
  @inlinable
  public init() {
    // Safety: a capacity of 0 has no block.
    unsafe storage = nil
  }

  /// Creates an empty slab with memory for a number of elements.
  ///
  /// - Parameter minimumCapacity: The number of elements.
  /// - Precondition: `minimumCapacity` is not negative and within the limits that the type's documentation names. Any
  ///   other number stops the program.
  /// - Complexity: O(1); one allocation, or none for 0.
  @inlinable
  public init(minimumCapacity: Int) {
    self.init()
    reserveCapacity(minimumCapacity)
  }

  deinit {
    destroyElements()
    // Safety: the slab owns the block, its elements are destroyed, and no code can use the block after this line.
    unsafe storage?.deallocate()
  }

  /// The number of elements.
  @inlinable public var count: Int { liveCount }

  /// Whether there are no elements.
  @inlinable public var isEmpty: Bool { liveCount == 0 }

  /// The number of elements that the memory has room for.
  ///
  /// Up to this number, inserting does not allocate.
  @inlinable public var capacity: Int { Int(bitPattern: slotCapacity) }

  /// Reserves memory for at least `minimumCapacity` elements in total.
  ///
  /// The call never frees memory. All tokens stay valid.
  ///
  /// - Parameter minimumCapacity: The number of elements, which includes the present elements.
  /// - Precondition: `minimumCapacity` is not negative and within the limits that the type's documentation names. Any
  ///   other number stops the program.
  /// - Complexity: O(1) without allocation if ``capacity`` is large enough. Otherwise O(slots) and one allocation.
  @inlinable
  public mutating func reserveCapacity(_ minimumCapacity: Int) {
    if minimumCapacity > capacity || minimumCapacity < 0 { reallocate(to: minimumCapacity) }
  }
}

// Ownership rule: the block belongs to one slab, which cannot be copied. Code reaches the elements only through
// exclusive or shared access to the slab. Sending the slab sends its elements, and sharing the slab lends them for
// reading. Sending and sharing are sound if the elements are Sendable, as for any noncopyable struct with a stored
// element.
extension Slab: @unchecked Sendable where Element: Sendable & ~Copyable {}

/// Storage for noncopyable elements, each found again by the token it was given.
///
/// This is the collection in which an event loop keeps its connections. `Dictionary` cannot hold noncopyable values,
/// and an array index alone is not enough, because of the **stale event**: a poll delivers events in batches. An early
/// event of a batch may close a connection, and another may accept a new one, which takes the closed one's place. A
/// later event of the batch, meant for the closed connection, would then find the new one. A slab's tokens therefore
/// carry a generation, which changes whenever a place is emptied. The token of a removed element finds nothing:
/// ``update(_:_:)`` returns `nil`, and the program ignores the event.
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
/// **Tokens.** The high half of the word is the generation, from 1; the low half is the number of the slot. On 64-bit
/// systems a slab's token is thus never below 2³², and smaller ones are the program's own. Every method takes any word:
/// one that this slab did not give out finds nothing, unless it equals one that it did. Two slabs give out equal
/// tokens, so use one slab for all the sources of a poll.
///
/// **Limits.** On 64-bit systems: 2³² − 1 elements, and a removed element's token finds nothing for at least 2³¹ reuses
/// of its slot. On 32-bit systems the halves have 16 bits: 65,535 elements and 2¹⁵ reuses, and tokens from 65,536.
/// Running out of slots stops the program.
///
/// **Exclusive access.** While a closure of ``update(_:_:)`` or a similar method runs, the slab is being accessed, so
/// the closure cannot reach the slab itself: return what is to be done and do it afterwards, as above. Pointers to
/// elements never leave the closure, so growth may move elements freely.
///
/// **Cost.** Looking up a token is one comparison with the number of slots and one with the word that stands before the
/// element; nothing is retained. Memory is one block, allocated when the first element is inserted or capacity is
/// reserved, doubled when full, and freed with the slab, which destroys the elements left in it. Every member is O(1)
/// and allocates nothing, unless its documentation says more.
@frozen @safe
public struct Slab<Element: ~Copyable>: ~Copyable {
  // A slot is a header word and room for an element. The header of an occupied slot is its element's token. That of a
  // free slot is the generation of its next token in the high half, and in the low half the number of the next free
  // slot, or `noSlot`: never its own number, so that no token whatsoever finds a free slot.

  /// The block of slots, or `nil` while `slotCapacity` is 0.
  @usableFromInline var storage: UnsafeMutableRawPointer?

  /// The number of slots there is memory for.
  @usableFromInline var slotCapacity: UInt = 0

  /// The number of slots in use so far, occupied or free; the headers of those beyond are uninitialised.
  @usableFromInline var slotCount: UInt = 0

  /// The number of occupied slots.
  @usableFromInline var liveCount = 0

  /// The free slot to be taken next, the one emptied last, whose memory is likeliest to be cached; or `noSlot`.
  @usableFromInline var firstFreeSlot: UInt = Self.noSlot

  /// The generation with which a slot beyond `slotCount` begins, already in the high half.
  @usableFromInline var firstGeneration: UInt = Self.generationStep

  /// Creates an empty slab without memory; the first insertion allocates some.
  @inlinable
  public init() {
    // Safety: no block goes with a capacity of 0.
    unsafe storage = nil
  }

  /// Creates an empty slab with memory for a number of elements.
  ///
  /// - Precondition: `minimumCapacity` is not negative and within the limits that the type's documentation names.
  /// - Complexity: O(1); one allocation, none for 0.
  @inlinable
  public init(minimumCapacity: Int) {
    self.init()
    reserveCapacity(minimumCapacity)
  }

  deinit {
    destroyElements()
    // Safety: the slab owns the block, the elements in it are gone, and nothing can use it after this.
    unsafe storage?.deallocate()
  }

  /// The number of elements.
  @inlinable public var count: Int { liveCount }

  /// Whether there are no elements.
  @inlinable public var isEmpty: Bool { liveCount == 0 }

  /// The number of elements that the memory is enough for; up to it, inserting does not allocate.
  @inlinable public var capacity: Int { Int(bitPattern: slotCapacity) }

  /// Makes sure that there is memory for a number of elements in all, and gives none back; tokens stay valid.
  ///
  /// - Precondition: `minimumCapacity` is not negative and within the limits that the type's documentation names.
  /// - Complexity: O(1) without allocation if ``capacity`` is enough; otherwise O(slots) and one allocation.
  @inlinable
  public mutating func reserveCapacity(_ minimumCapacity: Int) {
    if minimumCapacity > capacity || minimumCapacity < 0 { reallocate(to: minimumCapacity) }
  }
}

// Ownership rule: the block belongs to one slab, which cannot be copied, and elements are reached only through
// exclusive or shared access to that slab. Sending the slab sends its elements with it; sharing it lends them for
// reading. Both are sound when the elements are Sendable, as for any noncopyable struct with a stored element.
extension Slab: @unchecked Sendable where Element: Sendable & ~Copyable {}

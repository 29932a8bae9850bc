// How selectors fill a container of events.

extension Events {
  /// Adds an event behind the others, for a selector that collects its events one by one.
  ///
  /// - Returns: `false`, and nothing changed, if the container is full.
  /// - Complexity: O(1); O(``count``) if events were taken or a copy shares the buffer, and then it may allocate.
  @inlinable
  public mutating func append(_ event: S.Event) -> Bool {
    guard count < capacity else { return false }
    // Safety: both pointers are the storage's; the end is below its capacity, and no copy shares it.
    if unsafe !isKnownUniquelyReferenced(&storage) || end == storage.elements + capacity { makeRoom() }
    unsafe end.pointee = event
    unsafe end += 1
    return true
  }

  /// Discards the events and has a system call write others, of which `write` returns the number; none if it throws.
  @inlinable @inline(__always) @unsafe
  package mutating func fill(
    _ write: (UnsafeMutableBufferPointer<S.Event>) throws(IOError) -> Int
  ) throws(IOError) {
    if !isKnownUniquelyReferenced(&storage) { replaceStorage() }
    var count = 0
    defer {
      unsafe next = storage.elements
      unsafe end = storage.elements + count
    }
    // Safety: the buffer is this value's alone, and its records are trivial.
    count = try unsafe write(UnsafeMutableBufferPointer(start: storage.elements, count: capacity))
  }

  /// Leaves the storage and its events to the copies that share it.
  @inlinable @inline(never)
  mutating func replaceStorage() {
    storage = EventStorage(capacity: capacity)
    removeAll()
  }

  /// Moves the events to the front of a storage that no copy shares.
  @inlinable @inline(never)
  mutating func makeRoom() {
    let count = count
    // Safety: each buffer holds `capacity` elements, of which `count` are at `next`; the places may overlap.
    if isKnownUniquelyReferenced(&storage) {
      unsafe storage.elements.update(from: next, count: count)
    } else {
      let fresh = EventStorage<S.Event>(capacity: capacity)
      unsafe fresh.elements.update(from: next, count: count)
      storage = fresh
    }
    unsafe next = storage.elements
    unsafe end = storage.elements + count
  }
}

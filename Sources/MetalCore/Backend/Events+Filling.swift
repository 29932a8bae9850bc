// Selectors fill a container of events with these methods.

extension Events {
  /// Adds an event after the others, for a selector that collects its events one by one.
  ///
  /// - Returns: `true`, or `false` if the container is full. The call leaves a full container unchanged.
  /// - Complexity: O(1). O(``count``) if events were taken or a copy shares the buffer. The call allocates only if a
  ///   copy shares the buffer.
  @inlinable
  public mutating func append(_ event: S.Event) -> Bool {
    guard count < capacity else { return false }
    // Safety: both pointers point into the storage, the end is below its capacity, and no copy shares the storage.
    if unsafe !isKnownUniquelyReferenced(&storage) || end == storage.elements + capacity { makeRoom() }
    unsafe end.pointee = event
    unsafe end += 1
    return true
  }

  /// Discards the events, and lets a system call write new events.
  ///
  /// - Parameter write: Writes events to the buffer and returns their number. If the closure throws, the container is
  ///   empty.
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
    // Safety: only this value uses the buffer, and its records are trivial.
    count = try unsafe write(UnsafeMutableBufferPointer(start: storage.elements, count: capacity))
  }

  /// Leaves the storage and its events to the copies that share the storage.
  @inlinable @inline(never)
  mutating func replaceStorage() {
    storage = EventStorage(capacity: capacity)
    removeAll()
  }

  /// Moves the events to the front of a storage that no copy shares.
  @inlinable @inline(never)
  mutating func makeRoom() {
    let count = count
    // Safety: each buffer holds `capacity` elements, of which `count` begin at `next`. `update` allows overlapping
    // memory.
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

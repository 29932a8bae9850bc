// Inserting, removing and using elements, one at a time.

extension Slab where Element: ~Copyable {
  // MARK: - Inserting

  /// The token that the next insertion will give, if nothing else changes the slab before.
  ///
  /// It finds nothing yet. Asked twice without an insertion in between, it is the same. Exceeding the limits that the
  /// type's documentation names stops the program.
  @inlinable
  public var nextToken: Token {
    guard firstFreeSlot != Self.noSlot else {
      // The capacity is `noSlot` then; as a constant it costs the way past this nothing.
      if slotCount == Self.noSlot { Self.stop(forCapacity: Int(Self.noSlot) + 1) }
      return Token(firstGeneration | slotCount)
    }
    // Safety: a free slot is below `slotCount`.
    let generation = unsafe header(of: firstFreeSlot) & ~Self.slotMask
    return Token(generation | firstFreeSlot)
  }

  /// Inserts an element and returns the token that finds it from now on, which is ``nextToken``.
  ///
  /// Exceeding the limits that the type's documentation names stops the program.
  ///
  /// - Complexity: O(1), without allocation while ``count`` is below ``capacity``; otherwise O(slots), and the memory
  ///   doubles.
  @inlinable @discardableResult
  public mutating func insert(_ element: consuming Element) -> Token {
    let token = nextToken
    fill(token, with: element)
    return token
  }

  /// Inserts the element that a closure makes, which knows its token beforehand, and returns the token.
  ///
  /// This is the form for elements that need their token before they exist, to register themselves. While the closure
  /// runs, the token finds nothing yet. A closure cannot consume noncopyable values that it captures: for an element
  /// made of such values, ask for ``nextToken``, use it, and call ``insert(_:)``.
  ///
  /// - Parameter make: Makes the element that `token` will find. It cannot reach the slab.
  /// - Throws: What `make` throws; then nothing has changed, and the next insertion gives the same token.
  /// - Complexity: As ``insert(_:)``.
  @inlinable @discardableResult
  public mutating func insert<E: Error>(with make: (_ token: Token) throws(E) -> Element) throws(E) -> Token {
    let token = nextToken
    // Nothing is changed before this line, so that a throw needs no undoing.
    let element = try make(token)
    fill(token, with: element)
    return token
  }

  // MARK: - Removing

  /// Removes an element and returns it, or `nil` if the token finds none.
  ///
  /// The token is stale from now on, and so are its copies. A result that is not used is destroyed.
  @inlinable @discardableResult
  public mutating func remove(_ token: Token) -> Element? {
    guard let slot = slot(of: token) else { return nil }
    // Safety: the slot is occupied, so there is an element to move out; `release` then marks it as gone.
    let element = unsafe self.element(of: slot).move()
    release(token)
    return element
  }

  /// Destroys all elements; every token given out so far is stale from now on.
  ///
  /// - Parameter keepingCapacity: Whether to keep the memory. It is kept in any case when a slot has been reused so
  ///   often (2³¹ times; 2¹⁵ on 32-bit systems) that only its header can still tell old tokens from new ones.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public mutating func removeAll(keepingCapacity: Bool = true) {
    destroyElements()
    liveCount = 0
    firstFreeSlot = Self.noSlot
    // Without the headers only the highest generation of the old tokens is known, so new slots begin after it. This
    // works while no generation is in the upper half of its range. A generation that wrapped around to 1 has gone
    // through the upper half in single steps before, and the slab promises no more reuses of a slot than these.
    var nextGeneration = firstGeneration
    var needsHeaders = keepingCapacity
    // Backwards, so that the slots are taken again in their order.
    for slot in (0..<slotCount).reversed() {
      // Safety: the slot is below `slotCount`; only its header is used.
      let header = unsafe header(of: slot)
      if header > UInt.max / 2 { needsHeaders = true }
      let wasOccupied = header & Self.slotMask == slot
      let generation = wasOccupied ? Self.generation(after: Token(header)) : header & ~Self.slotMask
      // Safety: as above.
      unsafe address(of: slot).storeBytes(of: generation | firstFreeSlot, as: UInt.self)
      firstFreeSlot = slot
      nextGeneration = max(nextGeneration, generation)
    }
    if needsHeaders { return }
    // Safety: the slab owns the block and forgets it here; its elements are gone.
    unsafe storage?.deallocate()
    unsafe storage = nil
    slotCapacity = 0
    slotCount = 0
    firstFreeSlot = Self.noSlot
    firstGeneration = nextGeneration
  }

  // MARK: - Using

  /// Tells whether a token finds an element.
  @inlinable public func contains(_ token: Token) -> Bool { slot(of: token) != nil }

  /// Lends an element to a closure for changing, and returns what the closure returns.
  ///
  /// The closure cannot reach the slab, so it cannot remove the element: return what is to be done. (Removing the
  /// element first and inserting it again would change the token.)
  ///
  /// - Returns: The closure's result, or `nil` if the token is stale or never was this slab's; then the closure did not
  ///   run.
  /// - Throws: What `body` throws; the element stays, as `body` left it.
  @inlinable @inline(__always)
  public mutating func update<R: ~Copyable, E: Error>(
    _ token: Token, _ body: (inout Element) throws(E) -> R
  ) throws(E) -> R? {
    guard let slot = slot(of: token) else { return nil }
    // Safety: the slot is occupied, and `self` is accessed exclusively until `body` has returned.
    return unsafe try body(&element(of: slot).pointee)
  }

  /// Lends an element to a closure for reading, and returns what the closure returns.
  ///
  /// - Returns: As ``update(_:_:)``.
  /// - Throws: What `body` throws.
  @inlinable
  public func withElement<R: ~Copyable, E: Error>(
    _ token: Token, _ body: (borrowing Element) throws(E) -> R
  ) throws(E) -> R? {
    guard let slot = slot(of: token) else { return nil }
    // Safety: the slot is occupied, and `self` is borrowed until `body` has returned, so nothing changes it.
    return unsafe try body(element(of: slot).pointee)
  }
}

// Visiting all elements, in the order of their slots: that of insertion until the first removal.

extension Slab where Element: ~Copyable {
  // MARK: - With closures

  /// Lends every element to a closure for reading, in slot order.
  ///
  /// - Throws: What `body` throws; the elements after that one are not visited.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public func forEach<E: Error>(_ body: (Token, borrowing Element) throws(E) -> Void) throws(E) {
    for slot in 0..<slotCount {
      // Safety: the slot is below `slotCount`, an occupied one has an element, and `self` is borrowed meanwhile.
      guard let token = unsafe token(in: slot) else { continue }
      unsafe try body(token, element(of: slot).pointee)
    }
  }

  /// Lends every element to a closure for changing, in slot order.
  ///
  /// - Throws: What `body` throws; the elements after that one are not visited.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public mutating func updateEach<E: Error>(_ body: (Token, inout Element) throws(E) -> Void) throws(E) {
    for slot in 0..<slotCount {
      // Safety: the slot is below `slotCount`, an occupied one has an element, and access to `self` is exclusive.
      guard let token = unsafe token(in: slot) else { continue }
      unsafe try body(token, &element(of: slot).pointee)
    }
  }

  /// Removes and destroys every element for which a closure returns `true`, in slot order.
  ///
  /// The closure may change the elements that it keeps. It cannot reach the slab.
  ///
  /// - Throws: What `shouldBeRemoved` throws; the elements removed before stay removed, and that one and those after it
  ///   are kept.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public mutating func removeAll<E: Error>(where shouldBeRemoved: (Token, inout Element) throws(E) -> Bool) throws(E) {
    for slot in 0..<slotCount {
      // Safety: the slot is below `slotCount`, an occupied one has an element, and access to `self` is exclusive.
      guard let token = unsafe token(in: slot) else { continue }
      guard unsafe try shouldBeRemoved(token, &element(of: slot).pointee) else { continue }
      unsafe element(of: slot).deinitialize(count: 1)
      release(token)
    }
  }

  // MARK: - Step by step

  // A closure cannot consume what the code around it owns, nor return from it. These two let an ordinary loop visit the
  // elements, and insert and remove while it does.

  /// The token of the first element in slot order, or `nil` if there is none.
  ///
  /// ```swift
  /// var next = connections.firstToken
  /// while let token = next {
  ///   next = connections.token(after: token)
  ///   if let connection = connections.remove(token) { try connection.close() }
  /// }
  /// ```
  ///
  /// - Complexity: O(free slots before it); no allocation.
  @inlinable public var firstToken: Token? { firstToken(from: 0) }

  /// The token of the next element in slot order after that of a given token, or `nil` if there is none.
  ///
  /// The given token need not find anything any longer, so elements may be removed on the way. One inserted on the way
  /// is visited if its slot comes later. Any word is a legal argument, and gives a live token or `nil`.
  ///
  /// - Complexity: O(free slots between the two); no allocation.
  @inlinable
  public func token(after token: Token) -> Token? { firstToken(from: (token.rawValue & Self.slotMask) + 1) }

  /// The token of the first element in this slot or in one that follows.
  @inlinable
  func firstToken(from start: UInt) -> Token? {
    var slot = start
    while slot < slotCount {
      // Safety: the slot is below `slotCount`.
      if let token = unsafe token(in: slot) { return token }
      slot += 1
    }
    return nil
  }
}

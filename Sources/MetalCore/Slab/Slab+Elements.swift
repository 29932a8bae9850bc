// Inserts, removes and lends elements, one at a time.

extension Slab where Element: ~Copyable {
  // MARK: - Inserting

  /// The token of the next insertion, if no other change of the slab comes before.
  ///
  /// The token finds no element yet. Reading the property again without an insertion returns the same token. If the
  /// slab has reached the limits that the type's documentation names, reading the property stops the program.
  @inlinable
  public var nextToken: Token {
    guard firstFreeSlot != Self.noSlot else {
      // The capacity is `noSlot` here, and the constant adds no cost to the usual path.
      if slotCount == Self.noSlot { Self.stop(forCapacity: Int(Self.noSlot) + 1) }
      return Token(firstGeneration | slotCount)
    }
    // Safety: a free slot is below `slotCount`.
    let generation = unsafe header(of: firstFreeSlot) & ~Self.slotMask
    return Token(generation | firstFreeSlot)
  }

  /// Inserts an element under ``nextToken``, and returns this token.
  ///
  /// The token finds the element from now on. An insertion beyond the limits that the type's documentation names stops
  /// the program.
  ///
  /// - Parameter element: The element to store.
  /// - Returns: The token of the element.
  /// - Complexity: O(1) without allocation while ``count`` is below ``capacity``. Otherwise O(slots), and the memory
  ///   doubles.
  @inlinable @discardableResult
  public mutating func insert(_ element: consuming Element) -> Token {
    let token = nextToken
    fill(token, with: element)
    return token
  }

  /// Inserts an element that a closure makes from its token, and returns the token.
  ///
  /// Use this method for elements that need their token before they exist, to register themselves. While the closure
  /// runs, the token finds no element yet. A closure cannot consume noncopyable values that it captures. For an element
  /// made of captured noncopyable values, use ``nextToken`` and then call ``insert(_:)``.
  ///
  /// - Parameter make: Makes the element that `token` will find. The closure cannot reach the slab.
  /// - Returns: The token of the element.
  /// - Throws: The error that `make` throws. After an error the slab is unchanged, and the next insertion gives the
  ///   same token.
  /// - Complexity: The same as for ``insert(_:)``.
  @inlinable @discardableResult
  public mutating func insert<E: Error>(with make: (_ token: Token) throws(E) -> Element) throws(E) -> Token {
    let token = nextToken
    // The slab is unchanged before this line, so a throw needs no undoing.
    let element = try make(token)
    fill(token, with: element)
    return token
  }

  // MARK: - Removing

  /// Removes an element and returns it.
  ///
  /// The token and its copies are stale from now on. If the program does not use the result, Swift destroys the
  /// element.
  ///
  /// - Parameter token: The token of the element.
  /// - Returns: The element, or `nil` if the token finds no element.
  @inlinable @discardableResult
  public mutating func remove(_ token: Token) -> Element? {
    guard let slot = slot(of: token) else { return nil }
    // Safety: the slot is occupied, so there is an element to move out. `release` then marks the slot as free.
    let element = unsafe self.element(of: slot).move()
    release(token)
    return element
  }

  /// Destroys all elements, and makes every token that the slab has given out so far stale.
  ///
  /// - Parameter keepingCapacity: Whether to keep the memory. The slab also keeps the memory if a program has reused a
  ///   slot very often (2³¹ times, or 2¹⁵ times on 32-bit systems). After so many reuses only the slot's header can
  ///   distinguish old tokens from new tokens.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public mutating func removeAll(keepingCapacity: Bool = true) {
    destroyElements()
    liveCount = 0
    firstFreeSlot = Self.noSlot
    // Without the headers the slab knows only the highest generation of the old tokens, so new slots begin after this
    // generation. The method is safe while no generation is in the upper half of its range. A generation that wrapped
    // around to 1 went through the upper half in single steps before. The upper half has at least as many steps as the
    // slab promises reuses of a slot.
    var nextGeneration = firstGeneration
    var needsHeaders = keepingCapacity
    // The loop runs backwards, so that insertions take the slots again in their order.
    for slot in (0..<slotCount).reversed() {
      // Safety: the slot is below `slotCount`, and the code uses only its header.
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
    // Safety: the slab owns the block and drops its pointer here, and the elements are destroyed.
    unsafe storage?.deallocate()
    unsafe storage = nil
    slotCapacity = 0
    slotCount = 0
    firstFreeSlot = Self.noSlot
    firstGeneration = nextGeneration
  }

  // MARK: - Using

  /// Returns whether a token finds an element.
  @inlinable public func contains(_ token: Token) -> Bool { slot(of: token) != nil }

  /// Lends an element to a closure for changing, and returns the closure's result.
  ///
  /// The closure cannot reach the slab, so it cannot remove the element. Return a value that names the work to do
  /// instead. (Removing the element first and inserting it again would change the token.)
  ///
  /// - Parameters:
  ///   - token: The token of the element.
  ///   - body: Changes the element.
  /// - Returns: The closure's result, or `nil` if the token is stale or never belonged to this slab. If the token finds
  ///   no element, the closure does not run.
  /// - Throws: The error that `body` throws. The element stays, with the changes of `body`.
  @inlinable @inline(__always)
  public mutating func update<R: ~Copyable, E: Error>(
    _ token: Token, _ body: (inout Element) throws(E) -> R
  ) throws(E) -> R? {
    guard let slot = slot(of: token) else { return nil }
    // Safety: the slot is occupied, and access to `self` is exclusive until `body` has returned.
    return unsafe try body(&element(of: slot).pointee)
  }

  /// Lends an element to a closure for reading, and returns the closure's result.
  ///
  /// - Parameters:
  ///   - token: The token of the element.
  ///   - body: Reads the element.
  /// - Returns: The closure's result, or `nil` if the token is stale or never belonged to this slab. If the token finds
  ///   no element, the closure does not run.
  /// - Throws: The error that `body` throws.
  @inlinable
  public func withElement<R: ~Copyable, E: Error>(
    _ token: Token, _ body: (borrowing Element) throws(E) -> R
  ) throws(E) -> R? {
    guard let slot = slot(of: token) else { return nil }
    // Safety: the slot is occupied, and `self` is borrowed until `body` has returned, so no code changes the element.
    return unsafe try body(element(of: slot).pointee)
  }
}

// Visits all elements in the order of their slots, which is the order of insertion until the first removal.

extension Slab where Element: ~Copyable {
  // MARK: - With closures

  /// Lends every element to a closure for reading, in slot order.
  ///
  /// - Parameter body: Reads an element and its token.
  /// - Throws: The error that `body` throws. The method then skips the later elements.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public func forEach<E: Error>(_ body: (Token, borrowing Element) throws(E) -> Void) throws(E) {
    for slot in 0..<slotCount {
      // Safety: an occupied slot below `slotCount` has an element, and `self` is borrowed meanwhile.
      guard let token = unsafe token(in: slot) else { continue }
      unsafe try body(token, element(of: slot).pointee)
    }
  }

  /// Lends every element to a closure for changing, in slot order.
  ///
  /// - Parameter body: Changes an element. The closure cannot reach the slab.
  /// - Throws: The error that `body` throws. The method then skips the later elements.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public mutating func updateEach<E: Error>(_ body: (Token, inout Element) throws(E) -> Void) throws(E) {
    for slot in 0..<slotCount {
      // Safety: an occupied slot below `slotCount` has an element, and access to `self` is exclusive.
      guard let token = unsafe token(in: slot) else { continue }
      unsafe try body(token, &element(of: slot).pointee)
    }
  }

  /// Removes and destroys every element for which a closure returns `true`, in slot order.
  ///
  /// - Parameter shouldBeRemoved: Returns whether to remove an element. The closure may change the elements that it
  ///   keeps, and cannot reach the slab.
  /// - Throws: The error that `shouldBeRemoved` throws. The elements that the method has removed before stay removed.
  ///   The slab keeps the present element and the later elements.
  /// - Complexity: O(slots); no allocation.
  @inlinable
  public mutating func removeAll<E: Error>(where shouldBeRemoved: (Token, inout Element) throws(E) -> Bool) throws(E) {
    for slot in 0..<slotCount {
      // Safety: an occupied slot below `slotCount` has an element, and access to `self` is exclusive.
      guard let token = unsafe token(in: slot) else { continue }
      guard unsafe try shouldBeRemoved(token, &element(of: slot).pointee) else { continue }
      unsafe element(of: slot).deinitialize(count: 1)
      release(token)
    }
  }

  // MARK: - Step by step

  // A closure cannot consume values of the code around it, and cannot return from that code. With the two members below
  // an ordinary loop visits the elements. The loop may insert and remove elements.

  /// The token of the first element in slot order, or `nil` if there is no such element.
  ///
  /// ```swift
  /// var next = connections.firstToken
  /// while let token = next {
  ///   next = connections.token(after: token)
  ///   if let connection = connections.remove(token) { try connection.close() }
  /// }
  /// ```
  ///
  /// - Complexity: O(free slots before the element); no allocation.
  @inlinable public var firstToken: Token? { firstToken(from: 0) }

  /// Returns the token of the next element in slot order after a given token.
  ///
  /// The given token may be stale, so the loop may remove elements. The loop also visits an element that the program
  /// inserts during the loop, if the slot of the element comes later. Any word is a legal argument. The result is
  /// always a live token or `nil`.
  ///
  /// - Parameter token: The token to continue after.
  /// - Returns: The token of the next element, or `nil` if there is no such element.
  /// - Complexity: O(free slots between the two elements); no allocation.
  @inlinable
  public func token(after token: Token) -> Token? { firstToken(from: (token.rawValue & Self.slotMask) + 1) }

  /// Returns the token of the first element in this slot or a later slot.
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

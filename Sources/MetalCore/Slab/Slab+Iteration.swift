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

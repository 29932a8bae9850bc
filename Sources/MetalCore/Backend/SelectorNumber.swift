import Synchronization

/// The registration of a source whose selector needs no hook: the number of the selector that watches it, or none.
///
/// Each selector has a number of its own, never used again. A source that carries a selector's number is registered
/// with it; one that carries the number of a selector which is gone counts as unregistered.
@frozen
public struct SelectorNumber: SourceRegistration, Hashable, BitwiseCopyable {
  @usableFromInline let rawValue: UInt32

  @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Makes the state of a source that is registered nowhere.
  @inlinable public init() { rawValue = 0 }

  /// Whether a live selector watches the source.
  ///
  /// - Complexity: O(1) when unregistered; otherwise O(live selectors).
  @inlinable public var isRegistered: Bool { rawValue != 0 && isLive }

  /// Does nothing: the system arms the interest by itself.
  @inlinable public func didBlock(_ interest: Interests) {}

  /// Does nothing: the system arms the interest by itself.
  @inlinable public func didTake(_ interest: Interests) {}

  /// Does nothing: the system arms the interest by itself.
  @inlinable public func didFail(_ error: IOError) {}
}

/// A selector's own number, for as long as the selector keeps this value.
///
/// When it goes the number is retired for good, and sources that carry it count as unregistered.
@frozen
public struct SelectorIdentity: ~Copyable, Sendable {
  /// The number that a source registered with the selector carries.
  public let number: SelectorNumber

  /// Issues a number to a new selector.
  ///
  /// - Throws: ``IOError/Kind/noSpace`` when all numbers (4,294,967,295) have been issued in this process.
  /// - Complexity: O(live selectors); may allocate.
  public init() throws(IOError) {
    number = SelectorNumber(rawValue: try LiveSelectors.nextNumber())
    LiveSelectors.insert(number.rawValue)
  }

  deinit { LiveSelectors.remove(number.rawValue) }
}

extension SelectorNumber {
  /// Throws unless a source that carries this number may be registered anew.
  ///
  /// - Throws: ``IOError/Kind/alreadyExists`` if a live selector watches the source.
  /// - Complexity: O(1) when unregistered; otherwise O(live selectors).
  @inlinable
  public func requireUnregistered() throws(IOError) {
    if isRegistered { try IOError.raise(.alreadyExists) }
  }

  /// Throws unless a source that carries this number is registered with the given selector.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if it is not.
  @inlinable
  public func requireRegistered(with selector: SelectorNumber) throws(IOError) {
    if self != selector { try IOError.raise(.notFound) }
  }

  @usableFromInline @inline(never)
  var isLive: Bool { LiveSelectors.contains(rawValue) }
}

/// The numbers of all selectors that exist, for the whole process.
///
/// A list of cells that only grows, to the largest number of selectors that ever lived at once; a cell holds a live
/// number or 0. It is lock-free because `Mutex` does not exist everywhere this module is built.
private enum LiveSelectors {
  final class Cell: Sendable {
    let number: Atomic<UInt32>
    let next = AtomicLazyReference<Cell>()

    init(number: UInt32) { self.number = Atomic(number) }
  }

  static let head = Cell(number: 0)
  static let issued = Atomic<UInt32>(0)

  static func nextNumber() throws(IOError) -> UInt32 {
    // Relaxed: the number only has to be unique. A plain add could wrap around and issue a live number again.
    var last = issued.load(ordering: .relaxed)
    while last < UInt32.max {
      let (exchanged, original) = issued.weakCompareExchange(expected: last, desired: last + 1, ordering: .relaxed)
      if exchanged { return last + 1 }
      last = original
    }
    throw IOError(.noSpace)
  }

  static func insert(_ number: UInt32) {
    var cell = head
    while true {
      // Releasing pairs with the acquiring load in `contains`, on another thread that was handed a source.
      if cell.number.compareExchange(expected: 0, desired: number, ordering: .releasing).exchanged { return }
      if let next = cell.next.load() {
        cell = next
        continue
      }
      let fresh = Cell(number: number)
      let winner = cell.next.storeIfNil(fresh)
      if winner === fresh { return }
      cell = winner
    }
  }

  static func remove(_ number: UInt32) {
    var cell: Cell? = head
    while let current = cell {
      if current.number.compareExchange(expected: number, desired: 0, ordering: .releasing).exchanged { return }
      cell = current.next.load()
    }
  }

  static func contains(_ number: UInt32) -> Bool {
    var cell: Cell? = head
    while let current = cell {
      if current.number.load(ordering: .acquiring) == number { return true }
      cell = current.next.load()
    }
    return false
  }
}

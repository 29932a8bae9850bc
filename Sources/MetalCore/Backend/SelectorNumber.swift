import Synchronization

/// The registration of a source whose selector needs no hook: the number of its selector, or 0.
///
/// Each selector has a number of its own, which the process never issues again. A source with a selector's number is
/// registered with that selector. If a selector is gone, every source with the selector's number counts as
/// unregistered.
@frozen
public struct SelectorNumber: SourceRegistration, Hashable, BitwiseCopyable {
  @usableFromInline let rawValue: UInt32

  @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Makes the state of a source that is registered nowhere.
  @inlinable public init() { rawValue = 0 }

  /// Whether a live selector watches the source.
  ///
  /// - Complexity: O(1) for an unregistered source, else O(live selectors).
  @inlinable public var isRegistered: Bool { rawValue != 0 && isLive }

  /// Does nothing, because the system re-arms the interest by itself.
  @inlinable public func didBlock(_ interest: Interests) {}

  /// Does nothing, because the system re-arms the interest by itself.
  @inlinable public func didTake(_ interest: Interests) {}

  /// Does nothing, because the system re-arms the interest by itself.
  @inlinable public func didFail(_ error: IOError) {}
}

/// Holds a selector's own number for as long as the selector keeps this value.
///
/// Dropping this value retires the number for good. After the drop, every source with the number counts as
/// unregistered.
@frozen
public struct SelectorIdentity: ~Copyable, Sendable {
  /// The number that a source has while it is registered with the selector.
  public let number: SelectorNumber

  /// Issues a number to a new selector.
  ///
  /// - Throws: ``IOError/Kind/noSpace`` if the process has issued all 4,294,967,295 numbers.
  /// - Complexity: O(live selectors); may allocate.
  public init() throws(IOError) {
    number = SelectorNumber(rawValue: try LiveSelectors.nextNumber())
    LiveSelectors.insert(number.rawValue)
  }

  deinit { LiveSelectors.remove(number.rawValue) }
}

extension SelectorNumber {
  /// Throws if a live selector watches the source that carries this number.
  ///
  /// - Throws: ``IOError/Kind/alreadyExists`` if a live selector watches the source.
  /// - Complexity: O(1) for an unregistered source, else O(live selectors).
  @inlinable
  public func requireUnregistered() throws(IOError) {
    if isRegistered { try IOError.raise(.alreadyExists) }
  }

  /// Throws if the source that carries this number is not registered with the given selector.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if the source is not registered with the selector.
  /// - Complexity: O(1).
  @inlinable
  public func requireRegistered(with selector: SelectorNumber) throws(IOError) {
    if self != selector { try IOError.raise(.notFound) }
  }

  @usableFromInline @inline(never)
  var isLive: Bool { LiveSelectors.contains(rawValue) }
}

/// The numbers of all live selectors in the process.
///
/// The list has as many cells as the largest number of selectors that ever lived at once, and never shrinks. A cell
/// holds a live number or 0. The list is lock-free, because some platforms of this module have no `Mutex`.
private enum LiveSelectors {
  final class Cell: Sendable {
    let number: Atomic<UInt32>
    let next = AtomicLazyReference<Cell>()

    init(number: UInt32) { self.number = Atomic(number) }
  }

  static let head = Cell(number: 0)
  static let issued = Atomic<UInt32>(0)

  static func nextNumber() throws(IOError) -> UInt32 {
    // Relaxed, because the number only has to be unique. A plain add could wrap around and issue a live number again.
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
      // The releasing exchange pairs with the acquiring load in `contains`, on a thread to which another thread has
      // handed a source.
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

public import MetalCore

/// Where a source is registered with a ``PollSelector``; dropping it ends the registration.
///
/// It keeps the selector's table, but not the selector.
@frozen
@safe
public struct PollRegistration: SourceRegistration, ~Copyable {
  /// The table, which this holds a reference to; a plain one would be retained for each call.
  @usableFromInline
  let table: Unmanaged<PollTable>?
  /// The number of the registration, a new one each time it is renewed.
  @usableFromInline
  var generation: UInt64
  @usableFromInline
  let descriptor: Int32

  /// Makes the state of a source that is registered nowhere.
  @inlinable
  public init() {
    unsafe table = nil
    generation = 0
    descriptor = -1
  }

  init(table: PollTable, descriptor: Int32, generation: UInt64) {
    unsafe self.table = Unmanaged.passRetained(table)
    self.generation = generation
    self.descriptor = descriptor
  }

  @inlinable
  deinit {
    withTable { $0.remove(descriptor, generation) }
    // Safety: this gives back the reference that was taken when the registration was made.
    unsafe table?.release()
  }

  /// Calls the table, if there is one, without retaining it.
  @inlinable
  @inline(__always)
  @discardableResult
  func withTable<R>(_ body: (PollTable) -> R) -> R? {
    // Safety: the reference is held for as long as this value lives.
    unsafe table?._withUnsafeGuaranteedRef(body)
  }

  /// Whether a selector's table is the one that this is a registration in.
  func isIn(_ other: PollTable) -> Bool {
    withTable { $0 === other } ?? false
  }

  /// Whether a live selector watches the source.
  ///
  /// It does not when poll(2) said that the descriptor was closed behind the library's back.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public var isRegistered: Bool {
    withTable { $0.contains(descriptor, generation) } ?? false
  }

  /// Arms the interest again, and interrupts a wait.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public func didBlock(_ interest: Interest) {
    withTable { $0.didBlock(descriptor, generation, interest) }
  }

  /// Arms the interest again, and interrupts a wait, unless the end of the stream was reported.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public func didTake(_ interest: Interest) {
    withTable { $0.didTake(descriptor, generation, interest) }
  }

  /// Makes the next error be reported again, and interrupts a wait.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public func didFail(_ error: IOError) {
    withTable { $0.didFail(descriptor, generation, error) }
  }
}

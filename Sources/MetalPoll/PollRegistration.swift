public import MetalCore

/// Where a source is registered with a ``PollSelector``; dropping it ends the registration.
///
/// It keeps the selector's table, but not the selector.
@frozen
public struct PollRegistration: SourceRegistration, ~Copyable {
  @usableFromInline
  let table: PollTable?
  @usableFromInline
  let generation: UInt64
  @usableFromInline
  let descriptor: Int32

  /// Makes the state of a source that is registered nowhere.
  @inlinable
  public init() {
    table = nil
    generation = 0
    descriptor = -1
  }

  init(table: PollTable, descriptor: Int32, generation: UInt64) {
    self.table = table
    self.generation = generation
    self.descriptor = descriptor
  }

  @inlinable
  deinit {
    if let table { table.remove(descriptor, generation) }
  }

  /// Whether a live selector watches the source.
  ///
  /// It does not when poll(2) said that the descriptor was closed behind the library's back.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public var isRegistered: Bool {
    if let table { table.contains(descriptor, generation) } else { false }
  }

  /// Arms the interest again, and interrupts a wait.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public func didBlock(_ interest: Interest) {
    if let table { table.didBlock(descriptor, generation, interest) }
  }

  /// Arms the interest again, and interrupts a wait, unless the end of the stream was reported.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public func didTake(_ interest: Interest) {
    if let table { table.didTake(descriptor, generation, interest) }
  }

  /// Makes the next error be reported again, and interrupts a wait.
  ///
  /// - Complexity: O(1); takes the table's lock.
  @inlinable
  public func didFail(_ error: IOError) {
    if let table { table.didFail(descriptor, generation, error) }
  }
}

#if METAL_WINDOWS
public import MetalCore
public import MetalSystem

/// The place of a source in the table of an ``AFDSelector``.
///
/// Dropping this value ends the registration. A registration keeps the table alive, but not the selector. Each call on
/// a registration takes the lock of the table.
///
/// - Complexity: O(1) for each call; no allocation. A call that arms an interest during a wait of another thread makes
///   one system call.
@frozen
@safe
public struct AFDRegistration: SourceRegistration, ~Copyable {
  /// The table, with a manual reference count.
  ///
  /// The compiler would retain a plain reference for each call.
  @usableFromInline let table: Unmanaged<Guarded<RequestTable>>?
  /// The number of the registration, which reregistering replaces.
  @usableFromInline var generation: UInt64
  @usableFromInline let index: Int32

  /// Makes the state of a source that is not registered.
  @inlinable
  public init() {
    // Safety: there is no reference. A comparison with `nil`, here and below, does not use a reference.
    unsafe table = nil
    generation = 0
    index = -1
  }

  init(table: Guarded<RequestTable>, index: Int32, generation: UInt64) {
    // Safety: `end()` releases this reference.
    unsafe self.table = Unmanaged.passRetained(table)
    self.generation = generation
    self.index = index
  }

  @inlinable deinit { if unsafe table != nil { end() } }

  /// Ends the registration, and releases the reference that `init` took.
  @usableFromInline
  func end() {
    withTable { table in table.withState { state in _ = state.remove(index, generation) } }
    // Safety: only `deinit` calls this method.
    unsafe table?.release()
  }

  /// Passes the table, if there is one, to a body without retaining it.
  @discardableResult
  func withTable<R>(_ body: (Guarded<RequestTable>) -> R) -> R? {
    // Safety: this value holds the reference as long as it lives.
    unsafe table?._withUnsafeGuaranteedRef(body)
  }

  /// Whether a table contains this registration.
  func isIn(_ other: Guarded<RequestTable>) -> Bool { withTable { $0 === other } ?? false }

  /// Whether a live selector watches the source.
  ///
  /// The value is `false` after AFD has reported that other code closed the socket.
  public var isRegistered: Bool {
    withTable { table in table.withState { state in state.contains(index, generation) } } ?? false
  }

  /// Records that an operation would have blocked, and arms its direction again.
  public func didBlock(_ interest: Interests) { rearm(interest) }

  /// Records that an operation took something, and arms its direction again.
  ///
  /// After the selector has reported the end of the stream, the method does not arm reading again.
  public func didTake(_ interest: Interests) { rearm(interest) }

  /// Records a failed operation, and arms reading again after a transient error.
  public func didFail(_ error: IOError) {
    if Readiness.isTransient(error.kind) { rearm(.readable) }
  }

  private func rearm(_ interest: Interests) {
    withTable { table in table.withState { state in state.rearm(index, generation, interest) } }
  }
}
#endif

public import MetalCore
public import MetalSystem

/// The place of a source in the table of a ``PosixPollSelector``.
///
/// Dropping this value ends the registration. A registration keeps the table alive, but not the selector. Each call on
/// a registration takes the lock of the table.
///
/// - Complexity: O(1) for each call; no allocation. A call that changes an armed interest during a wait of another
///   thread makes one system call.
@frozen
@safe
public struct PosixPollRegistration: SourceRegistration, ~Copyable {
  /// The table, with a manual reference count.
  ///
  /// The compiler would retain a plain reference for each call.
  @usableFromInline let table: Unmanaged<Guarded<RegistrationTable>>?
  /// The number of the registration, which reregistering replaces.
  @usableFromInline var generation: UInt64
  @usableFromInline let descriptor: Int32

  /// Makes the state of a source that is not registered.
  @inlinable
  public init() {
    // Safety: there is no reference. A comparison with `nil`, here and below, does not use a reference.
    unsafe table = nil
    generation = 0
    descriptor = -1
  }

  init(table: Guarded<RegistrationTable>, descriptor: Int32, generation: UInt64) {
    // Safety: `end()` releases this reference.
    unsafe self.table = Unmanaged.passRetained(table)
    self.generation = generation
    self.descriptor = descriptor
  }

  @inlinable deinit { if unsafe table != nil { end() } }

  /// Ends the registration, and releases the reference that `init` took.
  @usableFromInline
  func end() {
    withTable { _ = $0.remove(descriptor, generation) }
    // Safety: only `deinit` calls this method.
    unsafe table?.release()
  }

  /// Passes the table, if there is one, to a body without retaining it.
  @discardableResult
  func withTable<R>(_ body: (Guarded<RegistrationTable>) -> R) -> R? {
    // Safety: this value holds the reference as long as it lives.
    unsafe table?._withUnsafeGuaranteedRef(body)
  }

  /// Whether a table contains this registration.
  func isIn(_ other: Guarded<RegistrationTable>) -> Bool { withTable { $0 === other } ?? false }

  /// Whether a live selector watches the source.
  ///
  /// The value is `false` after poll(2) has reported that other code closed the descriptor.
  public var isRegistered: Bool {
    withTable { $0.withState { $0.position(of: descriptor, generation) != nil } } ?? false
  }

  /// Records that an operation would have blocked.
  ///
  /// The method arms the interests again, and interrupts a wait.
  public func didBlock(_ interests: Interests) {
    withTable { $0.withState { $0.update(descriptor, generation) { $0.didBlock(interests) } } }
  }

  /// Records that an operation took something.
  ///
  /// The method arms the interests again, and interrupts a wait. After the selector has reported the end of the stream,
  /// the method does not arm reading again.
  public func didTake(_ interests: Interests) {
    withTable { $0.withState { $0.update(descriptor, generation) { $0.didTake(interests) } } }
  }

  /// Records a failed operation.
  ///
  /// After this call, the selector reports the next error again. The method interrupts a wait.
  public func didFail(_ error: IOError) {
    withTable { $0.withState { $0.update(descriptor, generation) { $0.didFail(error) } } }
  }
}

extension Guarded where State == RegistrationTable {
  /// Ends a registration.
  ///
  /// During a wait in poll(2), the system keeps open the files in its list. Therefore the method returns only after the
  /// wait. If the caller then closes the descriptor, the system really closes it, and its port or name becomes free.
  ///
  /// - Returns: `false` if there was no registration to end.
  func remove(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    withState {
      (isRemoved: $0.remove(descriptor, generation), endedWaits: $0.endedWaits)
    } waitingWhile: { state, result in
      result.isRemoved && state.isWaiting && state.endedWaits == result.endedWaits
    }.isRemoved
  }
}

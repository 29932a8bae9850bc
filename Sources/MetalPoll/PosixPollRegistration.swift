public import MetalCore
public import MetalSystem

/// A source's place in the table of a ``PosixPollSelector``; dropping it ends the registration.
///
/// It keeps the selector's table, but not the selector. Each call on a registration is O(1) and takes the table's lock.
@frozen
@safe
public struct PosixPollRegistration: SourceRegistration, ~Copyable {
  /// The table, to which this holds a reference; a plain reference would be retained for each call.
  @usableFromInline let table: Unmanaged<Guarded<RegistrationTable>>?
  /// The number of the registration, a new one each time it is renewed.
  @usableFromInline var generation: UInt64
  @usableFromInline let descriptor: Int32

  /// Makes the state of a source that is registered nowhere.
  @inlinable
  public init() {
    // Safety: there is no reference. A comparison with `nil`, as below, does not use one.
    unsafe table = nil
    generation = 0
    descriptor = -1
  }

  init(table: Guarded<RegistrationTable>, descriptor: Int32, generation: UInt64) {
    // Safety: balanced in `end()`.
    unsafe self.table = Unmanaged.passRetained(table)
    self.generation = generation
    self.descriptor = descriptor
  }

  @inlinable deinit { if unsafe table != nil { end() } }

  /// Ends the registration, and gives back the reference that was taken when it was made.
  @usableFromInline
  func end() {
    withTable { _ = $0.remove(descriptor, generation) }
    // Safety: `deinit` alone calls this.
    unsafe table?.release()
  }

  /// Calls the table, if there is one, without retaining it.
  @discardableResult
  func withTable<R>(_ body: (Guarded<RegistrationTable>) -> R) -> R? {
    // Safety: the reference is held for as long as this value lives.
    unsafe table?._withUnsafeGuaranteedRef(body)
  }

  /// Whether this is a registration in a selector's table.
  func isIn(_ other: Guarded<RegistrationTable>) -> Bool { withTable { $0 === other } ?? false }

  /// Whether a live selector watches the source: not if poll(2) said that the descriptor was closed elsewhere.
  public var isRegistered: Bool {
    withTable { $0.withState { $0.position(of: descriptor, generation) != nil } } ?? false
  }

  /// Arms the interests again, and interrupts a wait.
  public func didBlock(_ interests: Interests) {
    withTable { $0.withState { $0.update(descriptor, generation) { $0.didBlock(interests) } } }
  }

  /// Arms the interests again, and interrupts a wait, unless the end of the stream was reported.
  public func didTake(_ interests: Interests) {
    withTable { $0.withState { $0.update(descriptor, generation) { $0.didTake(interests) } } }
  }

  /// Makes the next error be reported again, and interrupts a wait.
  public func didFail(_ error: IOError) {
    withTable { $0.withState { $0.update(descriptor, generation) { $0.didFail(error) } } }
  }
}

extension Guarded where State == RegistrationTable {
  /// Ends a registration, and returns whether there was one.
  ///
  /// While a thread waits in poll(2), the system keeps the files open that it looks at. So this returns when that wait
  /// is over: a descriptor that is closed next is closed for good, and its port or name is free.
  func remove(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    withState {
      (isRemoved: $0.remove(descriptor, generation), endedWaits: $0.endedWaits)
    } waitingWhile: { state, result in
      result.isRemoved && state.isWaiting && state.endedWaits == result.endedWaits
    }.isRemoved
  }
}

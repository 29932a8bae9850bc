public import MetalCore
internal import MetalSystem

/// The table of a selector, behind a lock; what registrations hold on to, since they may outlive their selector.
///
/// `@unchecked Sendable`: `state` is touched only with the lock held, but for the list's entries during a wait, which are
/// the system's then.
@usableFromInline
@safe
final class PollTable: @unchecked Sendable {
  let monitor = Monitor()
  let state: UnsafeMutablePointer<PollState>

  init(_ notifier: PollNotifier) {
    // Safety: the state is initialized here and freed when nobody holds the table any more.
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: PollState(notifier, capacity: 64))
  }

  deinit {
    // Safety: as above.
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }

  /// Runs a body with the lock held.
  func withState<R, E: Error>(_ body: (inout PollState) throws(E) -> R) throws(E) -> R {
    monitor.lock()
    defer { monitor.unlock() }
    // Safety: whoever holds the lock has the state to itself.
    return try unsafe body(&state.pointee)
  }

  /// Ends all registrations, when the selector goes.
  func close() {
    withState { state in state.notifier = nil }
  }
}

// MARK: - Registrations

extension PollTable {
  /// Adds a descriptor and returns the number of its registration.
  func add(_ descriptor: Int32, token: Token, interests: Interest) throws(IOError) -> UInt64 {
    try withState { state throws(IOError) in
      guard let generation = state.add(descriptor, token: token, interests: interests) else {
        throw IOError(.alreadyExists)
      }
      state.interruptWait()
      return generation
    }
  }

  /// Replaces token and interests of a registration, and returns its new number.
  func replace(
    _ descriptor: Int32, _ generation: UInt64, token: Token, interests: Interest
  ) throws(IOError) -> UInt64 {
    try withState { state throws(IOError) in
      let replaced = state.replace(descriptor, generation, token: token, interests: interests)
      guard let replaced else { throw IOError(.notFound) }
      state.interruptWait()
      return replaced
    }
  }

  /// Ends a registration, and returns whether there was one.
  ///
  /// While a thread waits in poll(2) the system keeps the files open that it looks at. So this returns when that wait is
  /// over: a descriptor that is closed next is closed for good, and its port or name free.
  @usableFromInline
  @discardableResult
  func remove(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    monitor.lock()
    defer { monitor.unlock() }
    // Safety: the lock is held; each of these accesses is one of its own, since `wait` gives the lock away.
    guard unsafe state.pointee.remove(descriptor, generation) else { return false }
    unsafe state.pointee.interruptWait()
    let endedWaits = unsafe state.pointee.endedWaits
    while unsafe state.pointee.isWaiting && state.pointee.endedWaits == endedWaits { monitor.wait() }
    return true
  }

  /// Whether a registration has not ended.
  @usableFromInline
  func contains(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    withState { state in state.position(of: descriptor, generation) != nil }
  }
}

// MARK: - Hooks

extension PollTable {
  @usableFromInline
  func didBlock(_ descriptor: Int32, _ generation: UInt64, _ interest: Interest) {
    update(descriptor, generation) { $0.didBlock(interest) }
  }

  @usableFromInline
  func didTake(_ descriptor: Int32, _ generation: UInt64, _ interest: Interest) {
    update(descriptor, generation) { $0.didTake(interest) }
  }

  @usableFromInline
  func didFail(_ descriptor: Int32, _ generation: UInt64, _ error: IOError) {
    update(descriptor, generation) { $0.didFail(error) }
  }

  @inline(__always)
  private func update(_ descriptor: Int32, _ generation: UInt64, _ change: (inout PollReadiness) -> Void) {
    withState { state in state.update(descriptor, generation, change) }
  }
}

internal import CMetalSystem

/// A state behind a lock, which several threads share.
///
/// The lock is the system's own: `Mutex` has no condition, does not exist in Embedded Swift, and hides from the thread
/// sanitizer on Linux.
///
/// `@unchecked Sendable`: the state is touched only with the lock held.
///
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3); POSIX.1-2024.
@safe
@usableFromInline
package final class Guarded<State: ~Copyable>: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<metal_lock>
  private let state: UnsafeMutablePointer<State>

  package init(_ initial: consuming State) {
    // Safety: both have an address of their own from here to `deinit`.
    unsafe lock = .allocate(capacity: 1)
    unsafe lock.initialize(to: metal_lock())
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: initial)
    guard unsafe metal_lock_init(lock) == 0 else {
      fatalError("The system has no memory for a lock. Make fewer polls.")
    }
  }

  deinit {
    // Safety: nobody else knows the object any more, so nobody holds the lock or waits.
    unsafe metal_lock_destroy(lock)
    unsafe lock.deallocate()
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }

  /// Runs a body with the lock held.
  package func withState<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    // Safety: the lock is initialized, and whoever holds it has the state to itself; likewise below.
    unsafe metal_lock_take(lock)
    defer { unsafe metal_lock_release(lock) }
    return try unsafe body(&state.pointee)
  }

  /// Runs a body with the lock held, and then waits without it for as long as a condition holds.
  ///
  /// The condition is looked at again after each ``wakeAll()``.
  package func withState<R>(_ body: (inout State) -> R, waitingWhile condition: (borrowing State, R) -> Bool) -> R {
    unsafe metal_lock_take(lock)
    defer { unsafe metal_lock_release(lock) }
    let result = unsafe body(&state.pointee)
    while unsafe condition(state.pointee, result) { unsafe metal_lock_wait(lock) }
    return result
  }

  /// Lets all threads that wait for a condition look at it again.
  package func wakeAll() {
    unsafe metal_lock_wake_all(lock)
  }
}

public import CMetalSystem

/// A state behind a lock, which several threads share.
///
/// Where system calls are made in place, the lock is a few atomic instructions and futex(2), which a loop on poll(2) takes
/// several times a message. Elsewhere it is the system's own: `Mutex` has no condition, does not exist in Embedded Swift,
/// and hides from the thread sanitizer on Linux.
///
/// `@unchecked Sendable`: the state is touched only with the lock held, and no result of a body shares it. A state with an
/// exception documents a rule of its own.
///
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3); POSIX.1-2024. futex(2); Linux man-pages 6.
@safe @usableFromInline
package final class Guarded<State: ~Copyable>: @unchecked Sendable {
  @usableFromInline let lock: UnsafeMutablePointer<metal_lock>
  @usableFromInline let state: UnsafeMutablePointer<State>

  @inlinable
  package init(_ initial: consuming sending State) {
    // Safety: both have an address of their own from here to `deinit`.
    unsafe lock = .allocate(capacity: 1)
    unsafe lock.initialize(to: metal_lock())
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: initial)
    guard unsafe metal_lock_init(lock) == 0 else {
      fatalError("The system has no memory for a lock. Free memory or make fewer locks.")
    }
  }

  @inlinable
  deinit {
    // Safety: nobody else knows the object any more, so nobody holds the lock or waits.
    unsafe metal_lock_destroy(lock)
    unsafe lock.deallocate()
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }

  /// Runs a body with the lock held; the body must not call the same object.
  @inlinable
  package func withState<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    // Safety: the lock is initialized, and its holder has exclusive access to the state; likewise below.
    unsafe metal_lock_take(lock)
    defer { unsafe metal_lock_release(lock) }
    return try unsafe body(&state.pointee)
  }

  /// Runs a body once with the lock held, and then waits for as long as a condition holds.
  ///
  /// The condition runs with the lock held, and again after each ``wakeAll()``. While the thread waits the lock is free.
  @inlinable
  package func withState<R>(_ body: (inout State) -> R, waitingWhile condition: (borrowing State, R) -> Bool) -> R {
    unsafe metal_lock_take(lock)
    defer { unsafe metal_lock_release(lock) }
    let result = unsafe body(&state.pointee)
    while unsafe condition(state.pointee, result) { unsafe metal_lock_wait(lock) }
    return result
  }

  /// Makes all threads that wait for a condition evaluate it again.
  @inlinable
  package func wakeAll() { unsafe metal_lock_wake_all(lock) }
}

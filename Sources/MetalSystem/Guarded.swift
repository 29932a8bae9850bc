public import CMetalSystem

/// A state that several threads share, with the lock that protects it.
///
/// In a build with system calls in place, the lock consists of a few atomic instructions and futex(2). A loop on
/// poll(2) takes the lock several times for each message. Other builds use the lock of the system. The library does not
/// use Swift's `Mutex`, which has no condition and does not exist in Embedded Swift. On Linux, the thread sanitizer
/// does not see a `Mutex`.
///
/// `@unchecked Sendable`: code touches the state only while it holds the lock, and no result of a body shares the
/// state. If a state has an exception to this rule, the documentation of the state describes the exception.
///
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3); POSIX.1-2024. futex(2); Linux man-pages 6. "Slim Reader/Writer
/// (SRW) Locks" and "Condition Variables"; Microsoft's documentation.
@safe @usableFromInline
package final class Guarded<State: ~Copyable>: @unchecked Sendable {
  @usableFromInline let lock: UnsafeMutablePointer<metal_lock>
  @usableFromInline let state: UnsafeMutablePointer<State>

  @inlinable
  package init(_ initial: consuming sending State) {
    // Safety: the lock and the state have their own addresses from here until `deinit`.
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
    // Safety: no other thread has a reference to the object, so no thread holds the lock or waits.
    unsafe metal_lock_destroy(lock)
    unsafe lock.deallocate()
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }

  /// Runs a body while the calling thread holds the lock.
  ///
  /// The body must not call methods of the same object.
  @inlinable
  package func withState<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
    // Safety: `init` has initialized the lock, and its holder has exclusive access to the state. The same holds below.
    unsafe metal_lock_take(lock)
    defer { unsafe metal_lock_release(lock) }
    return try unsafe body(&state.pointee)
  }

  /// Runs a body once while the calling thread holds the lock, and then waits while a condition is true.
  ///
  /// The thread evaluates the condition under the lock, first after the body and then after each ``wakeAll()``. A
  /// waiting thread does not hold the lock.
  @inlinable
  package func withState<R>(_ body: (inout State) -> R, waitingWhile condition: (borrowing State, R) -> Bool) -> R {
    unsafe metal_lock_take(lock)
    defer { unsafe metal_lock_release(lock) }
    let result = unsafe body(&state.pointee)
    while unsafe condition(state.pointee, result) { unsafe metal_lock_wait(lock) }
    return result
  }

  /// Makes all waiting threads evaluate their conditions again.
  @inlinable
  package func wakeAll() { unsafe metal_lock_wake_all(lock) }
}

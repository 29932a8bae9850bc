#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Android)
internal import Android
#elseif canImport(Darwin)
internal import Darwin
#endif

#if os(FreeBSD) || os(OpenBSD)
// Their locks and conditions are pointers to what the system allocates, which are null at first.
private typealias Lock = pthread_mutex_t?
private typealias Condition = pthread_cond_t?
#else
private typealias Lock = pthread_mutex_t
private typealias Condition = pthread_cond_t
#endif

/// A lock, and a condition that holders of the lock wait for.
///
/// `Mutex` has no condition, and the thread sanitizer does not see through it on Linux.
///
/// `@unchecked Sendable`: both parts are made to be used from several threads, and the pointers never change.
///
/// Source: pthread_mutex_lock(3), pthread_cond_wait(3); POSIX.1-2024.
@safe
package struct Monitor: ~Copyable, @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<Lock>
  private let condition: UnsafeMutablePointer<Condition>

  package init() {
    // Safety: both have an address of their own from here to `deinit`.
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    let results = unsafe (pthread_mutex_init(mutex, nil), pthread_cond_init(condition, nil))
    guard results == (0, 0) else { fatalError("The system has no memory for a lock. Make fewer polls.") }
  }

  deinit {
    // Safety: whoever holds the value is the last to know the pointers, so that nobody holds the lock or waits.
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Waits until nobody else holds the lock, and takes it.
  package func lock() {
    // Safety: the mutex is initialized; likewise below.
    unsafe pthread_mutex_lock(mutex)
  }

  /// Gives the lock back.
  package func unlock() {
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Gives the lock back until ``broadcast()`` is called, or for no reason, and takes it again.
  package func wait() {
    unsafe pthread_cond_wait(condition, mutex)
  }

  /// Lets all who wait go on, once the lock is free.
  package func broadcast() {
    unsafe pthread_cond_broadcast(condition)
  }
}

import Glibc

/// A value that one thread at a time may use.
///
/// It stands in for `Synchronization.Mutex`. On Linux that takes a contended lock in the standard library
/// (`_lockSlow`), which is not instrumented: the thread sanitizer does not see it taken, and reports races on what
/// the lock protects. libc's locks it sees.
///
/// `@unchecked Sendable`: the value is used only between locking and unlocking the mutex.
@safe
final class Locked<Value: ~Copyable & Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  init(_ value: consuming Value) {
    // Safety: the memory is initialised by the next call, and stays where it is until the deinit.
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    self.value = value
  }

  deinit {
    // Safety: nobody else holds the mutex or a pointer to it.
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Runs a body while no other thread can run one.
  func withLock<R>(_ body: (inout Value) -> R) -> R {
    // Safety: the mutex lives as long as this object.
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}

internal import CMetalSystem
package import MetalCore

/// A thread of the system.
///
/// Source: pthread_create(3), pthread_join(3); POSIX.1-2024. CreateThread; Microsoft's documentation.
package struct SystemThread: Sendable {
  /// The number of the thread, which no other thread has while this thread lives.
  package let number: UInt

  /// The number of the calling thread.
  package static var currentNumber: UInt { UInt(metal_thread_self()) }

  private init(number: UInt) { self.number = number }

  /// Starts a thread that runs a body once.
  ///
  /// The system keeps the stack of a thread until `join()`.
  package init(_ body: @escaping @Sendable () -> Void) {
    do throws(IOError) { self = try Self.start(body) } catch {
      fatalError("The system cannot start another thread (system error \(error.code)). Run fewer programs at once.")
    }
  }

  /// Starts a thread that runs a body once, like ``init(_:)``.
  ///
  /// - Throws: `.outOfMemory` if the system cannot start another thread.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(IOError) -> SystemThread {
    var number: UInt = 0
    // Safety: the thread releases the object once. If there is no thread, this function releases the object.
    let context = unsafe Unmanaged.passRetained(ThreadBody(body))
    let result = unsafe metal_thread_start(
      &number,
      { context in
        if let context = unsafe context { unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    guard result == 0 else {
      unsafe context.release()
      throw IOError(.outOfMemory, code: result)
    }
    return SystemThread(number: number)
  }

  /// Waits for the end of the thread.
  ///
  /// Call this method once for each thread.
  package func join() { metal_thread_join(number) }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A counter that threads can wait for.
///
/// A thread that returns from `wait()` sees everything that another thread did before the matching `signal()`.
///
/// `@unchecked Sendable`: any thread may call the system's functions for semaphores.
///
/// Source: sem_init(3), sem_post(3), sem_wait(3), sem_timedwait(3); POSIX.1-2024. dispatch_semaphore_create(3) on
/// Darwin. CreateSemaphoreW; Microsoft's documentation.
@safe
package final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<metal_semaphore>

  package init() {
    // Safety: the semaphore has its own address from here until `deinit`.
    unsafe semaphore = .allocate(capacity: 1)
    unsafe semaphore.initialize(to: metal_semaphore())
    unsafe metal_semaphore_init(semaphore)
  }

  deinit {
    // Safety: no other thread has a reference to the object, so no thread waits.
    unsafe metal_semaphore_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  /// Increments the counter, and wakes one waiting thread.
  // Safety: `init` has initialized the semaphore. The same holds below.
  package func signal() { unsafe metal_semaphore_signal(semaphore) }

  /// Waits until the counter is above zero, and decrements it.
  package func wait() { unsafe metal_semaphore_wait(semaphore) }

  /// Waits like ``wait()``, but at most for a number of seconds.
  ///
  /// - Returns: `false` if the time has passed.
  package func wait(seconds: Int32) -> Bool { unsafe metal_semaphore_wait_seconds(semaphore, seconds) }
}

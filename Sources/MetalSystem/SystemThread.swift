internal import CMetalSystem
package import MetalCore

/// A thread of the system.
///
/// Source: pthread_create(3), pthread_join(3); POSIX.1-2024.
package struct SystemThread: Sendable {
  /// The thread's number, which no other thread has while it lives.
  package let number: UInt

  /// The number of the calling thread.
  package static var currentNumber: UInt { UInt(metal_thread_self()) }

  private init(number: UInt) { self.number = number }

  /// Starts a thread that runs a body once; a thread that is not joined keeps its stack.
  package init(_ body: @escaping @Sendable () -> Void) {
    do throws(IOError) { self = try Self.start(body) } catch {
      fatalError("The system starts no further thread (errno \(error.code)). Run fewer programs at once.")
    }
  }

  /// Starts a thread as ``init(_:)`` does.
  ///
  /// - Throws: `.outOfMemory` if the system starts no further thread.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(IOError) -> SystemThread {
    var number: UInt = 0
    // Safety: the object is released once, by the thread, or here if there is none.
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

  /// Waits for the thread to end; once for each thread.
  package func join() { metal_thread_join(number) }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A counter that threads wait for.
///
/// What a thread has done before `signal()` is seen by the one whose `wait()` it ends.
///
/// `@unchecked Sendable`: the system's functions may be called by any thread.
///
/// Source: sem_init(3), sem_post(3), sem_wait(3), sem_timedwait(3); POSIX.1-2024. dispatch_semaphore_create(3) on Darwin.
@safe
package final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<metal_semaphore>

  package init() {
    // Safety: the semaphore has an address of its own from here to `deinit`.
    unsafe semaphore = .allocate(capacity: 1)
    unsafe semaphore.initialize(to: metal_semaphore())
    unsafe metal_semaphore_init(semaphore)
  }

  deinit {
    // Safety: nobody else knows the object any more, so nobody waits.
    unsafe metal_semaphore_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  /// Counts up, and lets one thread go on that waits.
  // Safety: the semaphore is initialized; likewise below.
  package func signal() { unsafe metal_semaphore_signal(semaphore) }

  /// Waits for the counter to be above zero, and counts down.
  package func wait() { unsafe metal_semaphore_wait(semaphore) }

  /// Waits as ``wait()`` does, for a number of seconds at most; returns whether it counted down.
  package func wait(seconds: Int32) -> Bool { unsafe metal_semaphore_wait_seconds(semaphore, seconds) }
}

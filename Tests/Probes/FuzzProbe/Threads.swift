import ExampleSupport
import Glibc

/// A thread that was started and must be joined.
struct RunningThread: ~Copyable {
  private let thread: pthread_t

  init(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    // Safety: the thread takes over the reference that is passed retained.
    let argument = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    let result = unsafe pthread_create(
      &thread, nil,
      { argument in
        unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, argument)
    guard result == 0 else { fail("fuzz-probe: pthread_create returned \(result)") }
    self.thread = thread
  }

  /// Waits until the thread has ended.
  consuming func join() {
    _ = pthread_join(thread, nil)
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }
}

/// Lets other threads run.
func giveWay() {
  sched_yield()
}

/// The number of descriptors that are open.
func openDescriptors() -> Int {
  (Int32(0)..<4096).count { fcntl($0, F_GETFD) >= 0 }
}

/// Has two threads write to one variable, as no program should.
func race() {
  let contested = Contested()
  let thread = RunningThread { contested.number += 1 }
  contested.number += 1
  thread.join()
}

/// `@unchecked Sendable`: wrongly, and on purpose.
private final class Contested: @unchecked Sendable {
  var number = 0
}

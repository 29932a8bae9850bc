import Glibc
import ProbeSupport

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

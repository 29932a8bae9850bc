internal import MetalKqueueSim
internal import MetalSystem
internal import Synchronization

/// A watchdog in real time: it detects a program that holds its turn without using the library.
final class Watchdog: Sendable {
  /// The number of uses of the simulation.
  private let progress = Atomic<UInt64>(0)
  /// The last call: the number of the program, the call, and the descriptor.
  private let lastCall = Atomic<UInt64>(0)
  /// The number of the program with the turn.
  private let holder = Atomic<Int>(0)

  /// The seconds without progress before a report.
  ///
  /// A report needs two checks without progress, so it may take twice as long.
  private static var patience: Int32 { 2 }

  func noteProgress() {
    // Only one thread writes at a time, so the code needs no atomic read-modify-write.
    progress.store(progress.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  func note(_ call: Call, _ descriptor: Int32, _ program: Int) {
    lastCall.store(
      UInt64(program + 1) << 40 | UInt64(call.rawValue) << 32 | UInt64(UInt32(bitPattern: descriptor)),
      ordering: .relaxed)
  }

  /// Records the program that has the turn.
  func noteTurn(_ program: Int) { holder.store(program, ordering: .relaxed) }

  /// Waits for the end of a run, and calls `report` once for each period without progress.
  ///
  /// `report` gets the number of the program that holds the turn, and the text of its last call if there is one.
  func wait(for isOver: Semaphore, _ report: (_ program: Int, _ lastCall: String?) -> Void) {
    var seen: UInt64?
    var reported: UInt64?
    while !isOver.wait(seconds: Self.patience) {
      let now = progress.load(ordering: .relaxed)
      if now == seen, now != reported {
        reported = now
        let program = holder.load(ordering: .relaxed)
        report(program, lastCallText(of: program))
      }
      seen = now
    }
  }

  private func lastCallText(of program: Int) -> String? {
    let word = lastCall.load(ordering: .relaxed)
    guard word >> 40 == UInt64(program + 1), let call = Call(rawValue: UInt8(truncatingIfNeeded: word >> 32)) else {
      return nil
    }
    let descriptor = Int32(truncatingIfNeeded: word)
    return call.name + (descriptor < 0 ? "" : " on descriptor \(descriptor)")
  }
}

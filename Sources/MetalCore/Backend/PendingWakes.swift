public import Synchronization

// Proof that no wake is lost.
//
// Each waker of a selector has an edge of its own in the kernel. The edge is a user event, or an eventfd that the
// selector registers edge-triggered and never reads. Each signal to the waker is an edge, which the kernel keeps until
// it delivers the waker's event. A signal is a system call, which costs about forty times as much as an atomic
// operation. A wake therefore first sets the waker's bit in the word of pending wakes. If the bit was set already, the
// wake leaves the signal out. The thread that polls clears the whole word after each wait that has delivered events,
// before it hands out any event. On kqueue the thread clears the word after every wait.
//
// 1. The kernel delivers a wake that signals.
// 2. Let a wake W find its bit set. W relies on the wake V that set the bit. W reads the bit before the poll P clears
//    it. V signals, because V found the bit clear.
//    a. Let P or a later poll deliver V's signal. The thread of that poll then hands out the waker's event after W. W's
//       thread has a fence between its work and its read of the bit. P's thread has a fence between clearing the bit
//       and handing out events. W's read comes before P's change, so W's fence comes before P's fence. P's thread
//       therefore sees the values that W's thread has written to atomics. The work of W's thread under a lock comes
//       before the work of P's thread under the same lock. (For plain data without a lock, W would have to write to the
//       word, which takes the word's memory from every other thread that wakes.)
//    b. Assume that the kernel delivered V's signal before P. Then the poll Q that delivered the signal came between
//       V's signal and P. V sets the bit before it signals, and the system calls keep the order of their callers' work.
//       After its wait Q therefore sees the bit set and clears it. A wake after V therefore set the bit that W found,
//       which is a contradiction.
// 3. A poll may clear bits whose signals are still to come. Later wakes then signal again, which makes one more event,
//    and never one event less. A wait that delivered other events and had no room for the waker's event has the same
//    effect.
// 4. A failed wait, an interrupted wait, and a wait without an event may leave the word unchanged, because none of them
//    has delivered a signal.
// 5. A waker that is dropped clears its bit before the selector can issue the bit again. No waker therefore starts with
//    a pending wake that is unknown to the kernel.

/// The wakes that the kernel knows of already.
///
/// A wake while another wake is pending costs no system call.
@usableFromInline
package struct PendingWakes: ~Copyable, Sendable {
  /// A waker's bit in the word, or 0 if the word has no bit left.
  ///
  /// A waker without a bit signals every wake.
  @usableFromInline package typealias Bit = UInt

  @usableFromInline package let pending = Atomic<UInt>(0)

  private let issued = Atomic<UInt>(0)

  package init() {}

  /// Records a wake as pending, and returns whether the waker must signal the kernel.
  @inlinable
  package func begin(_ bit: Bit) -> Bool {
    guard bit != 0 else { return true }
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    // The load comes first, because a read-modify-write takes the word's memory from every other thread that wakes.
    if pending.load(ordering: .acquiring) & bit != 0 { return false }
    // Releasing and acquiring: a wake that signals comes after the polls that cleared the bit, and before the later
    // polls.
    return pending.bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue & bit == 0
  }

  /// Clears the bit of a wake whose signal the kernel has refused, so that no later wake relies on that signal.
  package func abandon(_ bit: Bit) { pending.bitwiseAnd(~bit, ordering: .acquiringAndReleasing) }

  /// Clears the word, after a wait and before the selector hands out any event.
  ///
  /// On kqueue the selector calls this method after every wait, elsewhere after each wait that has delivered events.
  @inlinable
  package func take() {
    // The load keeps the usual turn free of a locked operation. If the load reads 0 although a wake has set a bit, the
    // wake found the bit clear and signals.
    guard pending.load(ordering: .relaxed) != 0 else { return }
    _ = pending.exchange(0, ordering: .acquiringAndReleasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// Issues a bit to a new waker, or 0 if all bits are issued.
  package func issue() -> Bit {
    var issued = issued.load(ordering: .relaxed)
    while ~issued != 0 {
      let bit = ~issued & (issued &+ 1)
      let (exchanged, original) = self.issued.weakCompareExchange(
        expected: issued, desired: issued | bit, ordering: .acquiring)
      if exchanged { return bit }
      issued = original
    }
    return 0
  }

  /// Takes back the bit of a dropped waker, whose edge in the kernel is gone.
  package func retire(_ bit: Bit) {
    abandon(bit)
    // Releasing order, so that the next waker with this bit finds the bit clear.
    issued.bitwiseAnd(~bit, ordering: .releasing)
  }
}

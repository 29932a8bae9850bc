public import Synchronization

// Why no wake is lost.
//
// A selector's wakers each have an edge of their own in the kernel: an eventfd that is registered edge-triggered and
// never read, a user event. Each signal to it is an edge, which the kernel keeps until it delivers the waker's event. A
// signal is a system call, some forty times an atomic operation; so a wake first sets the waker's bit in the word of
// pending wakes and leaves the signal out if the bit was set already. The thread that polls clears the whole word after
// each wait that has delivered events, and on kqueue after each, before it hands anything out.
//
// 1. A wake that signals is delivered by the kernel.
// 2. A wake W that finds its bit set relies on the wake V that set it. W reads the bit before the poll P clears it. V
//    signals, since it found the bit clear.
//    a. V's signal is delivered by P or by a later poll: the waker's event is handed out after W. W's thread has a fence
//       between its work and its read of the bit, P's has one between clearing the bit and handing out: W's read comes
//       before P's change, so W's fence comes before P's. What W's thread has written to atomics is seen by P's, and what
//       it has done with a lock held comes before what P's thread does with that lock. (Plain data that no lock protects
//       would need W to write to the word, which takes its memory from every other thread that wakes.)
//    b. V's signal was delivered before P? Then the poll Q that delivered it came between V's signal and P. V sets the
//       bit before it signals, and the system calls order what their callers did: Q, back from its wait, sees the bit
//       set and clears it. The bit that W found set was thus set by a wake after V, which is a contradiction.
// 3. A poll that clears bits whose signals are still to come only makes later wakes signal again: an event more, never
//    one less. The same holds for a wait that delivered other events and had no room for the waker's.
// 4. A wait that fails, interrupted by a signal of the process, or ends without an event, may leave the word alone: no
//    signal was delivered.
// 5. A waker that goes clears its bit before the bit can be issued again, so no waker starts with a wake pending that
//    the kernel knows nothing of.

/// The wakes of a selector that the kernel knows of already: a wake while another is pending costs no system call.
@usableFromInline
package struct PendingWakes: ~Copyable, Sendable {
  /// A waker's bit in the word; 0 for a waker beyond as many as a word has bits, whose wakes all signal.
  @usableFromInline package typealias Bit = UInt

  @usableFromInline package let pending = Atomic<UInt>(0)

  private let issued = Atomic<UInt>(0)

  package init() {}

  /// Declares a wake pending; returns whether the waker has to signal the kernel.
  @inlinable
  package func begin(_ bit: Bit) -> Bool {
    guard bit != 0 else { return true }
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    // A load first: a read-modify-write takes the word's memory from every other thread that wakes.
    if pending.load(ordering: .acquiring) & bit != 0 { return false }
    // Releasing and acquiring: a wake that signals comes after the polls that cleared the bit, and before those to come.
    return pending.bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue & bit == 0
  }

  /// Declares that the kernel has refused a wake's signal: no event will come for it, so no later wake may rely on it.
  package func abandon(_ bit: Bit) { pending.bitwiseAnd(~bit, ordering: .acquiringAndReleasing) }

  /// Clears the word; called after each wait that has delivered events, or after each, before anything is handed out.
  @inlinable
  package func take() {
    // The load keeps the usual turn free of a locked operation. If it reads 0 although a wake has just set a bit, that
    // wake found the bit clear, and signals.
    guard pending.load(ordering: .relaxed) != 0 else { return }
    _ = pending.exchange(0, ordering: .acquiringAndReleasing)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  /// Issues a bit to a new waker.
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

  /// Takes back the bit of a waker that nobody will use again, whose edge in the kernel is gone.
  package func retire(_ bit: Bit) {
    abandon(bit)
    // Releasing, so that the waker that is issued the bit next finds it clear.
    issued.bitwiseAnd(~bit, ordering: .releasing)
  }
}

public import Synchronization

// Why no wake is lost.
//
// A selector's wakers each have an edge of their own in the kernel: an eventfd that is registered edge-triggered and
// never read, a user event. Each signal to it is an edge, which the kernel keeps until it delivers the waker's event. A
// signal is a system call, some forty times an atomic operation; so a wake first sets the waker's bit in the word of
// pending wakes and leaves the signal out if the bit was set already. The thread that polls clears the whole word after
// each wait, before it hands anything out.
//
// 1. A wake that signals is delivered by the kernel.
// 2. A wake W that finds its bit set follows, in the word's order of modification, the wake V that set it; the poll P
//    that clears the bit comes after W in that order. V signals, since it found the bit clear.
//    a. V's signal is delivered by P or by a later poll: the waker's event is handed out after W, and P's acquiring
//       exchange makes visible what W's thread wrote before its releasing operation.
//    b. V's signal was delivered before P? Then the poll Q that delivered it came between V's signal and P. V sets the
//       bit before it signals, and the system calls order what their callers did: Q, back from its wait, sees the bit
//       set and clears it. The bit that W found set was thus set by a wake after V, which is a contradiction.
// 3. A poll that clears bits whose signals are still to come only makes later wakes signal again: an event more, never
//    one less. The same holds for a wait that delivered other events and had no room for the waker's.
// 4. A wait that fails, interrupted by a signal of the process, leaves the word alone: nothing was delivered.
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
    // Releasing: what this thread wrote before is seen by the poll that clears the bit. Acquiring: a wake that is left
    // out is ordered after the one that stands for it.
    return pending.bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue & bit == 0
  }

  /// Declares that the kernel has refused a wake's signal: no event will come for it, so no later wake may rely on it.
  package func abandon(_ bit: Bit) { pending.bitwiseAnd(~bit, ordering: .acquiringAndReleasing) }

  /// Clears the word; called after the wait and before anything is handed out.
  @inlinable
  package func take() {
    // The load keeps the usual turn free of a locked operation. If it reads 0 although a wake has just set a bit, that
    // wake found the bit clear, and signals.
    if pending.load(ordering: .relaxed) != 0 { _ = pending.exchange(0, ordering: .acquiringAndReleasing) }
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

#if METAL_LINUX || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// Linux, Android and the BSDs: a write without SIGPIPE, where neither the call nor the descriptor has a flag for it.

internal import CMetalSystem
public import MetalCore

/// How `SIGPIPE` is kept away from writes to pipes.
@usableFromInline
package enum NoSignal {
  /// Makes a call with `SIGPIPE` blocked in this thread, and takes the signal away if the call caused it.
  ///
  /// A signal that was pending before stays: `SIGPIPE` does not queue, so it stands for both. The thread's mask is as
  /// before, and the signal's disposition is not touched.
  ///
  /// Source: signal(7), sigtimedwait(2), pthread_sigmask(3).
  @usableFromInline @inline(never)
  package static func guarding(_ call: () -> Int) -> IOResult {
    let wasPending = metal_sigpipe_is_pending() != 0
    let wasBlocked = metal_sigpipe_block() != 0
    let result = call()
    // A blocking write that had moved some bytes returns their number and raises the signal nevertheless.
    if !wasPending, result == -Int(METAL_EPIPE) || metal_sigpipe_is_pending() != 0 {
      _ = metal_sigpipe_take()
    }
    if !wasBlocked { metal_sigpipe_unblock() }
    return IOResult(rawValue: result)
  }
}
#endif

#if METAL_LINUX || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// Linux, Android and the BSDs: writing to a pipe without SIGPIPE, by a flag of the call where the kernel has it, and else
// with the signal blocked for the time of the call. This file was neither compiled nor run on the BSDs so far.

public import CMetalSystem
public import MetalCore
#if METAL_LINUX
public import Synchronization
#endif

extension SystemKernel {
  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// Source: pwritev2(2), `RWF_NOSIGNAL`, Linux 6.18; write(2), writev(2), pthread_sigmask(3).
  @inlinable
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    // Safety: the calls only read the bytes.
    unsafe bytes.withUnsafeRegions { memory, count in
      #if METAL_LINUX
      if NoSignal.hasFlag.load(ordering: .relaxed) {
        let result =
          unsafe Bytes.isContiguous
          ? metal_pwritev2_one(descriptor, memory, count, Int32(METAL_RWF_NOSIGNAL))
          : metal_pwritev2(descriptor, memory, count, Int32(METAL_RWF_NOSIGNAL))
        if !NoSignal.isRefusal(result) { return IOResult(rawValue: result) }
        NoSignal.flagWasRefused()
      }
      #endif
      return NoSignal.guarding {
        unsafe Bytes.isContiguous
          ? metal_write(descriptor, memory, count) : metal_writev(descriptor, memory, count)
      }
    }
  }
}

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
    if !wasPending, result == -Int(EPIPE) || metal_sigpipe_is_pending() != 0 { metal_sigpipe_take() }
    if !wasBlocked { metal_sigpipe_unblock() }
    return IOResult(rawValue: result)
  }

  #if METAL_LINUX
  /// Whether the kernel takes `RWF_NOSIGNAL`, as far as is known.
  @usableFromInline package static let hasFlag = Atomic<Bool>(true)

  /// Whether the kernel has been asked, by a write to a pipe of our own.
  private static let wasProbed = Atomic<Bool>(false)

  /// Whether a result says that the call or its flag is not known; some sandboxes answer `EPERM` to such a call.
  @inlinable
  static func isRefusal(_ result: Int) -> Bool {
    result == -Int(EOPNOTSUPP) || result == -Int(ENOSYS) || result == -Int(EPERM)
  }

  /// Finds out whether the kernel does not know the flag, or only the file that was written to: some drivers take none.
  @usableFromInline @inline(never)
  package static func flagWasRefused() {
    guard !wasProbed.load(ordering: .relaxed) else { return }
    var ends = metal_pair()
    // Safety: the call writes two descriptors. Without any left, the next refusal asks again.
    guard unsafe metal_pipe2(&ends) == 0 else { return }
    var byte: UInt8 = 0
    // Safety: the call reads the one byte.
    let result = unsafe metal_pwritev2_one(ends.fds.1, &byte, 1, Int32(METAL_RWF_NOSIGNAL))
    _ = metal_close(ends.fds.0)
    _ = metal_close(ends.fds.1)
    if isRefusal(result) { hasFlag.store(false, ordering: .relaxed) }
    wasProbed.store(true, ordering: .relaxed)
  }
  #endif
}
#endif

#if METAL_LINUX || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// Linux, Android and the BSDs: a write to a pipe without SIGPIPE. If the kernel has a flag against the signal, the call
// passes the flag. Otherwise the thread blocks the signal during the call. For the BSDs this file compiles and links, and
// has not yet run there.

public import CMetalSystem
public import MetalCore
#if METAL_LINUX
public import Synchronization
#endif

extension SystemKernel {
  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// - Returns: The number of bytes written, or the negated errno.
  /// - Complexity: One system call on Linux 6.18 or later, otherwise up to six; no allocation. On an older Linux, the
  ///   first write also probes the flag.
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

/// Functions that keep `SIGPIPE` away from writes to pipes.
@usableFromInline
package enum NoSignal {
  /// Makes a call while this thread blocks `SIGPIPE`.
  ///
  /// If the call raised the signal, the method removes the signal. A signal that was pending before the call stays
  /// pending. `SIGPIPE` does not queue, so an earlier signal and the signal of the call are one pending signal. The
  /// method restores the mask of the thread, and does not change the disposition of the signal.
  ///
  /// Source: signal(7), sigtimedwait(2), pthread_sigmask(3).
  @usableFromInline @inline(never)
  package static func guarding(_ call: () -> Int) -> IOResult {
    let wasPending = metal_sigpipe_is_pending() != 0
    let wasBlocked = metal_sigpipe_block() != 0
    let result = call()
    // A blocking write that has moved some bytes returns their number, and still raises the signal.
    if !wasPending, result == -Int(EPIPE) || metal_sigpipe_is_pending() != 0 { metal_sigpipe_take() }
    if !wasBlocked { metal_sigpipe_unblock() }
    return IOResult(rawValue: result)
  }

  #if METAL_LINUX
  /// Whether the kernel accepts `RWF_NOSIGNAL`.
  ///
  /// The value is `true` until a probe shows the opposite.
  @usableFromInline package static let hasFlag = Atomic<Bool>(true)

  /// Whether the library has probed the kernel with a pipe of its own.
  private static let wasProbed = Atomic<Bool>(false)

  /// Whether a result means that the kernel does not know the call or its flag.
  ///
  /// Some sandboxes return `EPERM` for a call that they do not know.
  @inlinable
  static func isRefusal(_ result: Int) -> Bool {
    result == -Int(EOPNOTSUPP) || result == -Int(ENOSYS) || result == -Int(EPERM)
  }

  /// Checks, after a refusal, whether the kernel or only the file refuses the flag.
  ///
  /// Some drivers accept no flags.
  @usableFromInline @inline(never)
  package static func flagWasRefused() {
    guard !wasProbed.load(ordering: .relaxed) else { return }
    var ends = metal_pair()
    // Safety: the call writes two descriptors. If no descriptor is left, the next refusal probes again.
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

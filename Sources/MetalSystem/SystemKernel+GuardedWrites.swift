#if METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// The BSDs: writing to a pipe without SIGPIPE, which is blocked for the time of the call.
//
// This file was neither compiled nor run on any of them so far.

internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// Source: write(2), writev(2), pthread_sigmask(3).
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    // Safety: the call only reads the bytes.
    unsafe bytes.withUnsafeRegions { memory, count in
      NoSignal.guarding {
        unsafe Bytes.isContiguous
          ? metal_write(descriptor, memory, count)
          : metal_writev(descriptor, memory, Int32(truncatingIfNeeded: count))
      }
    }
  }
}
#endif

#if os(FreeBSD) || os(OpenBSD) || os(NetBSD)
// The BSDs: writing to a pipe without SIGPIPE, which is blocked for the time of the call.
//
// No `canImport` tells them from Linux. This file was neither compiled nor run on any of them so far.

internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// Source: write(2), pthread_sigmask(3).
  public func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> IOResult {
    // Safety: the call only reads `count` bytes.
    unsafe bytes.withUnsafeBytes { bytes in
      NoSignal.guarding { unsafe metal_write(descriptor, bytes.baseAddress, bytes.count) }
    }
  }

  /// Writes bytes to a pipe, from several buffers in order, without raising `SIGPIPE`.
  ///
  /// Source: writev(2), pthread_sigmask(3).
  public func write<let capacity: Int>(_ descriptor: Int32, _ vector: IOVector<capacity>) -> IOResult {
    // Safety: the entries are of the layout of `struct iovec`; the call only reads through them.
    unsafe vector.withSystemEntries { entries, count in
      NoSignal.guarding { unsafe metal_writev(descriptor, entries, count) }
    }
  }
}
#endif

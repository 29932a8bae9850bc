#if !METAL_WINDOWS
// Unix: a read from a pipe, and the flags of a descriptor.

public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Reads bytes from a pipe.
  ///
  /// - Returns: The number of bytes read, 0 at the end of the stream, or the negated errno.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2), readv(2).
  @inlinable
  public func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer
  ) -> IOResult {
    // Safety: this method has exclusive access to the buffers, and the call writes at most as many bytes as they have.
    unsafe buffer.withUnsafeRegions { memory, count in
      IOResult(
        rawValue: unsafe Buffer.isContiguous
          ? metal_read(descriptor, memory, count)
          : metal_readv(descriptor, memory, count))
    }
  }

  /// Makes operations on a descriptor non-blocking or blocking.
  ///
  /// The other flags of the descriptor keep their values.
  ///
  /// - Throws: `.badDescriptor` if the descriptor is not open.
  /// - Complexity: Two system calls; no allocation.
  ///
  /// Source: `F_GETFL`, `F_SETFL` in fcntl(2).
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {
    let flags = metal_get_status_flags(descriptor)
    try Self.check(flags)
    try Self.check(metal_set_status_flags(descriptor, isNonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK))
  }
}
#endif

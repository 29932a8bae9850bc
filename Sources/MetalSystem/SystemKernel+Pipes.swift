public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Reads bytes from a pipe.
  ///
  /// Source: read(2).
  @inlinable
  public func read(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    // Safety: the call writes at most `count` bytes to memory that the span lends exclusively.
    let result = unsafe buffer.withUnsafeMutableBytes {
      unsafe metal_read(descriptor, $0.baseAddress, $0.count)
    }
    return IOResult(rawValue: result)
  }

  /// Reads bytes from a pipe, into the free part of an output span.
  ///
  /// Source: read(2).
  @inlinable
  public func read(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult {
    // Safety: the call writes at most as many bytes as there is room for, and those it wrote are then initialized.
    unsafe Self.append(to: &buffer) { memory, count in unsafe metal_read(descriptor, memory, count) }
  }

  /// Reads bytes from a pipe, into several buffers in order.
  ///
  /// Source: readv(2).
  @inlinable
  public func read<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>
  ) -> IOResult {
    receive(descriptor, into: vector)
  }

  /// Chooses whether operations on a descriptor return at once or wait; its other flags stay.
  ///
  /// Source: `F_GETFL`, `F_SETFL` in fcntl(2).
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {
    let flags = metal_get_status_flags(descriptor)
    try Self.check(flags)
    let nonBlocking = Int32(METAL_O_NONBLOCK)
    try Self.check(
      metal_set_status_flags(descriptor, isNonBlocking ? flags | nonBlocking : flags & ~nonBlocking))
  }

  /// Lends the free part of an output span to a call that returns a count or a negated errno.
  @inlinable
  @unsafe
  static func append(
    to buffer: inout OutputSpan<UInt8>, _ call: (UnsafeMutableRawPointer?, Int) -> Int
  ) -> IOResult {
    // Safety: the call writes to the free part only, and what it wrote is then initialized.
    let result = unsafe buffer.withUnsafeMutableBufferPointer { memory, initializedCount in
      let free = memory.count - initializedCount
      let start = unsafe memory.baseAddress.map { unsafe UnsafeMutableRawPointer($0 + initializedCount) }
      let result = unsafe call(start, free)
      if result > 0 { initializedCount += result }
      return result
    }
    return IOResult(rawValue: result)
  }
}

public import CMetalSystem
public import MetalCore

/// The operating system: an empty value whose methods are one system call each,
/// but where their documentation says otherwise.
///
/// Programs do not call it; sources do. Where Linux and Darwin differ, the method is in a file of its own for each.
@frozen
public struct SystemKernel: Kernel {
  /// A file descriptor's number.
  public typealias Descriptor = Int32
  /// A file descriptor with one owner.
  public typealias Owner = OwnedDescriptor

  /// Makes the kernel value; all are alike.
  @inlinable
  public init() {}

  /// The number that no descriptor has.
  @inlinable
  public static var noDescriptor: Int32 { -1 }

  /// The operating system.
  @inlinable
  public static var current: SystemKernel { SystemKernel() }

  /// The negated `EAGAIN`.
  @inlinable
  public static var wouldBlock: IOResult { IOResult(rawValue: -Int(METAL_EAGAIN)) }

  /// The nanoseconds since some fixed moment, such as the start of the machine.
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`.
  @inlinable
  public var monotonicNanoseconds: Int64 { metal_monotonic_nanoseconds() }

  /// Returns the error for a negated errno.
  public static func error(for result: IOResult) -> IOError {
    IOError(errno: Int32(truncatingIfNeeded: -result.rawValue))
  }

  /// Throws the error that a shim's result stands for, if it does.
  @inlinable
  package static func check(_ result: Int32) throws(IOError) {
    try check(Int(result))
  }

  /// Throws the error that a shim's result stands for, if it does.
  @inlinable
  package static func check(_ result: Int) throws(IOError) {
    if result < 0 { try raise(result) }
  }

  /// Throws the error for a negated errno; apart from the callers, which are on the success path.
  @usableFromInline
  @inline(never)
  package static func raise(_ result: Int) throws(IOError) -> Never {
    throw error(for: IOResult(rawValue: result))
  }

  /// Closes a descriptor, which is gone afterwards even if this throws.
  ///
  /// Source: close(2).
  @inlinable
  public func close(_ descriptor: Int32) throws(IOError) {
    try Self.check(metal_close(descriptor))
  }
}

// MARK: - Moving bytes

extension SystemKernel {
  /// Receives bytes from a connected socket.
  ///
  /// Source: recv(2).
  @inlinable
  public func receive(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    receive(descriptor, into: buffer, flags: 0)
  }

  /// Receives bytes from a connected socket and leaves them in its queue.
  ///
  /// Source: recv(2).
  @inlinable
  public func peek(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    receive(descriptor, into: buffer, flags: Int32(METAL_MSG_PEEK))
  }

  @inlinable
  func receive(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, flags: Int32) -> IOResult {
    // Safety: the call writes at most `count` bytes to memory that the span lends exclusively.
    let result = unsafe buffer.withUnsafeMutableBytes {
      unsafe metal_recv(descriptor, $0.baseAddress, $0.count, flags)
    }
    return IOResult(rawValue: result)
  }

  /// Receives bytes from a connected socket, into the free part of an output span.
  ///
  /// Source: recv(2).
  @inlinable
  public func receive(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult {
    // Safety: the call writes at most as many bytes as there is room for, and those it wrote are then initialized.
    unsafe Self.append(to: &buffer) { memory, count in unsafe metal_recv(descriptor, memory, count, 0) }
  }

  /// Receives bytes from a connected socket, into several buffers in order.
  ///
  /// Source: readv(2).
  @inlinable
  public func receive<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>
  ) -> IOResult {
    // Safety: the entries are of the layout of `struct iovec` and lend their memory exclusively.
    unsafe vector.withSystemEntries { entries, count in
      IOResult(rawValue: unsafe metal_readv(descriptor, entries, count))
    }
  }

  /// Sends bytes on a connected socket.
  ///
  /// Source: send(2).
  @inlinable
  public func send(_ descriptor: Int32, _ bytes: Span<UInt8>) -> IOResult {
    // Safety: the call only reads `count` bytes.
    let result = unsafe bytes.withUnsafeBytes {
      unsafe metal_send(descriptor, $0.baseAddress, $0.count, Int32(METAL_MSG_NOSIGNAL))
    }
    return IOResult(rawValue: result)
  }

  /// Sends bytes on a connected socket, from several buffers in order.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func send<let capacity: Int>(_ descriptor: Int32, _ vector: IOVector<capacity>) -> IOResult {
    // Safety: the entries are of the layout of `struct iovec`; the call only reads through them.
    unsafe vector.withSystemEntries { entries, count in
      IOResult(rawValue: unsafe metal_sendmsg(descriptor, entries, count, Int32(METAL_MSG_NOSIGNAL)))
    }
  }
}

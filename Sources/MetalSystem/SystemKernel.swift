public import CMetalSystem
public import MetalCore

#if !(METAL_LINUX || METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD)
#error("Define the system, such as -D METAL_LINUX. Package.swift does it for SwiftPM.")
#endif

/// The operating system: an empty value whose methods are one system call each, except where their documentation says
/// otherwise.
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
  @inlinable public static var noDescriptor: Int32 { -1 }

  /// The operating system.
  @inlinable public static var current: SystemKernel { SystemKernel() }

  /// The negated `EAGAIN`.
  @inlinable public static var wouldBlock: IOResult { IOResult(rawValue: -Int(EAGAIN)) }

  /// The nanoseconds since some fixed moment, such as the start of the machine.
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`.
  @inlinable public var monotonicNanoseconds: Int64 { metal_monotonic_nanoseconds() }

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
  @usableFromInline @inline(never)
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
  /// Receives bytes from a connected socket, or copies them and leaves them in its queue.
  ///
  /// Of a vector without room, readv(2) returns 0 whatever has arrived.
  ///
  /// Source: recv(2); readv(2) for a vector, recvmsg(2) to peek into one.
  @inlinable @inline(__always)
  public func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool
  ) -> IOResult {
    // Safety: the call writes at most as many bytes as the buffers have, which are lent exclusively.
    unsafe buffer.withUnsafeRegions { memory, count in
      let flags = isPeek ? Int32(MSG_PEEK) : 0
      if Buffer.isContiguous {
        return IOResult(rawValue: unsafe metal_recv(descriptor, memory, count, flags))
      }
      guard isPeek else { return IOResult(rawValue: unsafe metal_readv(descriptor, memory, count)) }
      var messageFlags = flags
      var length: Int32 = 0
      return IOResult(rawValue: unsafe metal_recvmsg(descriptor, memory, count, &messageFlags, nil, &length))
    }
  }

  /// Sends bytes on a connected socket.
  ///
  /// Source: send(2), sendmsg(2).
  @inlinable @inline(__always)
  public func send<Bytes: IOBytes & ~Copyable & ~Escapable>(_ descriptor: Int32, _ bytes: borrowing Bytes) -> IOResult {
    let flags = Int32(METAL_MSG_NOSIGNAL)
    // Safety: the call only reads the bytes.
    return unsafe bytes.withUnsafeRegions { memory, count in
      IOResult(
        rawValue: unsafe Bytes.isContiguous
          ? metal_send(descriptor, memory, count, flags, nil, 0)
          : metal_sendmsg(descriptor, memory, count, flags, nil, 0))
    }
  }

  /// Reads bytes from a pipe.
  ///
  /// Source: read(2), readv(2).
  @inlinable
  public func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer
  ) -> IOResult {
    // Safety: the call writes at most as many bytes as the buffers have, which are lent exclusively.
    unsafe buffer.withUnsafeRegions { memory, count in
      IOResult(
        rawValue: unsafe Buffer.isContiguous
          ? metal_read(descriptor, memory, count)
          : metal_readv(descriptor, memory, count))
    }
  }

  /// Chooses whether operations on a descriptor return at once or wait; its other flags stay.
  ///
  /// Source: `F_GETFL`, `F_SETFL` in fcntl(2).
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {
    let flags = metal_get_status_flags(descriptor)
    try Self.check(flags)
    try Self.check(metal_set_status_flags(descriptor, isNonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK))
  }
}

extension SystemKernel {
  /// Stops the program if a simulated machine runs the code: a poll of the real kernel would wait in real time, for what
  /// is not simulated.
  package func requireNoSimulation() {
    guard let machine = SimulatedMachine.current else { return }
    fatalError(
      "The simulated machine \"\(machine)\" runs code that makes a poll of the real kernel. Import MetalSimulation "
        + "there instead of MetalIO, or make the code generic over the selector.")
  }
}

public import CMetalSystem
public import MetalCore

#if !(METAL_LINUX || METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD || METAL_WINDOWS)
#error("Define the system, such as -D METAL_LINUX. Package.swift does it for SwiftPM.")
#endif

/// The operating system: an empty value with one method for each system call.
///
/// Programs use sources, which call the methods of this type. A method makes one system call, unless its documentation
/// lists more calls. If a method differs between systems, each system has its own file with the method. On Windows, an
/// `errno` in the documentation means an error number of Winsock (`IOError.init(errno:)`). A call of Linux and the
/// BSDs means the function of Winsock with the same name or a similar name.
@frozen
public struct SystemKernel: Kernel {
  #if METAL_WINDOWS
  /// The number of a socket or of another handle.
  public typealias Descriptor = Int
  #else
  /// The number of a file descriptor.
  public typealias Descriptor = Int32
  #endif
  /// A file descriptor with one owner.
  public typealias Owner = OwnedDescriptor

  /// Makes the kernel value, which equals all other kernel values.
  ///
  /// - Complexity: O(1); no allocation.
  @inlinable
  public init() {}

  /// The number that no descriptor has: -1.
  @inlinable public static var noDescriptor: Descriptor { -1 }

  /// The operating system, which sources and polls use by default.
  @inlinable public static var current: SystemKernel { SystemKernel() }

  /// The result of an operation that would block: the negated `EAGAIN`.
  @inlinable public static var wouldBlock: IOResult { IOResult(rawValue: -Int(METAL_EAGAIN)) }

  /// The nanoseconds since a fixed moment, such as the start of the machine.
  ///
  /// The clock never goes back. Polls measure their timeouts with this clock.
  ///
  /// - Complexity: One call of libc's clock_gettime(2), usually without a system call; no allocation.
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`. On Windows QueryPerformanceCounter; Microsoft's documentation.
  @inlinable public var monotonicNanoseconds: Int64 { metal_monotonic_nanoseconds() }

  /// Returns the error for a result that is a negated errno.
  ///
  /// - Complexity: O(1); no allocation.
  public static func error(for result: IOResult) -> IOError {
    IOError(errno: Int32(truncatingIfNeeded: -result.rawValue))
  }

  /// Throws the error of a shim's result if the result is negative.
  @inlinable
  package static func check(_ result: Int32) throws(IOError) {
    try check(Int(result))
  }

  /// Throws the error of a shim's result if the result is negative.
  @inlinable
  package static func check(_ result: Int) throws(IOError) {
    if result < 0 { try raise(result) }
  }

  /// Throws the error for a negated errno.
  ///
  /// The compiler does not inline this method, so the success path of a caller stays small.
  @usableFromInline @inline(never)
  package static func raise(_ result: Int) throws(IOError) -> Never {
    throw error(for: IOResult(rawValue: result))
  }

  /// Closes a descriptor, even if the call throws.
  ///
  /// - Throws: `.badDescriptor` if the descriptor is not open. For a file, also the errors that close(2) reports for a
  ///   delayed write, such as `.noSpace`.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: close(2).
  @inlinable
  public func close(_ descriptor: Descriptor) throws(IOError) {
    try Self.check(metal_close(descriptor))
  }
}

// MARK: - Moving bytes

extension SystemKernel {
  /// Receives bytes from a connected socket.
  ///
  /// If `isPeek` is `true`, the method copies the bytes and leaves them in the queue. If a vector has no room, readv(2)
  /// returns 0 even if bytes have arrived.
  ///
  /// - Returns: The number of bytes received, or the negated errno.
  /// - Complexity: One system call; no allocation. If the buffer is empty, the method makes a second call on macOS and
  ///   the BSDs, which peeks at one byte.
  ///
  /// Source: recv(2); readv(2) for a vector, recvmsg(2) to peek into one.
  @inlinable @inline(__always)
  public func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Descriptor, into buffer: consuming Buffer, isPeek: Bool
  ) -> IOResult {
    // Safety: this method has exclusive access to the buffers, and the call writes at most as many bytes as they have.
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
  /// - Returns: The number of bytes sent, or the negated errno.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), sendmsg(2).
  @inlinable @inline(__always)
  public func send<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Descriptor, _ bytes: borrowing Bytes
  ) -> IOResult {
    let flags = Int32(METAL_MSG_NOSIGNAL)
    // Safety: the call only reads the bytes.
    return unsafe bytes.withUnsafeRegions { memory, count in
      IOResult(
        rawValue: unsafe Bytes.isContiguous
          ? metal_send(descriptor, memory, count, flags, nil, 0)
          : metal_sendmsg(descriptor, memory, count, flags, nil, 0))
    }
  }
}

extension SystemKernel {
  /// Stops the program if a simulated machine runs the code.
  ///
  /// A poll of the real kernel would wait in real time, and would see no simulated source.
  package func requireNoSimulation() {
    guard let machine = SimulatedMachine.current else { return }
    fatalError(
      "The simulated machine \"\(machine)\" runs code that makes a poll of the real kernel. Import MetalSimulation "
        + "there instead of MetalIO, or make the code generic over the selector.")
  }
}

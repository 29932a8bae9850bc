internal import CMetalSystem
public import MetalCore

/// An open file descriptor with one owner: dropping the value closes the descriptor.
///
/// A program passes a descriptor to a source, or takes it out of a source, as a value of this type. The descriptor
/// stays open and keeps its flags, and no call duplicates it:
///
/// ```swift
/// let stream = TCPStream(adopting: OwnedDescriptor(adopting: number))
/// let same = stream.releaseDescriptor().release()
/// ```
@frozen
public struct OwnedDescriptor: DescriptorOwner, ~Copyable {
  /// The number of the descriptor, which this value closes.
  public let rawDescriptor: SystemKernel.Descriptor

  /// Takes over an open descriptor.
  ///
  /// No other code may close the descriptor afterwards. A negative number stops the program.
  ///
  /// - Parameter rawDescriptor: The number of an open descriptor.
  /// - Complexity: O(1); no system call, no allocation.
  @inlinable
  public init(adopting rawDescriptor: SystemKernel.Descriptor) {
    guard rawDescriptor >= 0 else { Self.stop(forNumber: rawDescriptor) }
    self.rawDescriptor = rawDescriptor
  }

  /// Takes over an open descriptor, like ``init(adopting:)``.
  ///
  /// - Complexity: O(1); no system call, no allocation.
  @inlinable
  public init(owning descriptor: SystemKernel.Descriptor, on kernel: SystemKernel) {
    self.init(adopting: descriptor)
  }

  @usableFromInline @inline(never)
  static func stop(forNumber number: SystemKernel.Descriptor) -> Never {
    fatalError("\(number) is not a descriptor. Check the result of the call that made it before adopting.")
  }

  /// The number of the descriptor, under the name that sources use.
  @inlinable public var descriptor: SystemKernel.Descriptor { rawDescriptor }

  /// The operating system.
  @inlinable public var kernel: SystemKernel { SystemKernel() }

  deinit {
    // A `deinit` cannot throw. The system closes the descriptor even if the call returns an error.
    _ = metal_close(rawDescriptor)
  }

  /// Returns the number of the descriptor without closing it.
  ///
  /// - Returns: The number. The caller must close the descriptor.
  /// - Complexity: O(1); no system call, no allocation.
  @inlinable
  public consuming func release() -> SystemKernel.Descriptor {
    let rawDescriptor = rawDescriptor
    discard self
    return rawDescriptor
  }

  /// Closes the descriptor, even if the call throws.
  ///
  /// - Throws: `.badDescriptor` if other code has closed the descriptor. For a file, also the errors that close(2)
  ///   reports for a delayed write, such as `.noSpace`.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: close(2).
  public consuming func close() throws(IOError) {
    try SystemKernel().close(release())
  }
}

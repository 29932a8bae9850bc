internal import CMetalSystem
public import MetalCore

/// An open file descriptor with one owner: dropping it closes the descriptor.
///
/// It is the form in which descriptors enter and leave the library's sources. Neither changes a flag, closes, or
/// duplicates anything:
///
/// ```swift
/// let stream = TCPStream(adopting: OwnedDescriptor(adopting: number))
/// let number = stream.releaseDescriptor().release()
/// ```
@frozen
public struct OwnedDescriptor: DescriptorOwner, ~Copyable {
  /// The descriptor's number, which stays this value's to close.
  public let rawDescriptor: Int32

  /// Takes over an open descriptor, which nobody else may close from now on; a negative number stops the program.
  @inlinable
  public init(adopting rawDescriptor: Int32) {
    guard rawDescriptor >= 0 else { Self.stop(forNumber: rawDescriptor) }
    self.rawDescriptor = rawDescriptor
  }

  /// Takes over an open descriptor; see ``init(adopting:)``.
  @inlinable
  public init(owning descriptor: Int32, on kernel: SystemKernel) {
    self.init(adopting: descriptor)
  }

  @usableFromInline @inline(never)
  static func stop(forNumber number: Int32) -> Never {
    fatalError("\(number) is not a descriptor. Check the result of the call that made it before adopting.")
  }

  /// The descriptor's number, by the name that sources know it under.
  @inlinable public var descriptor: Int32 { rawDescriptor }

  /// The operating system.
  @inlinable public var kernel: SystemKernel { SystemKernel() }

  deinit {
    // There is nobody to tell of an error; the descriptor is gone in any case.
    _ = metal_close(rawDescriptor)
  }

  /// Gives the descriptor's number away, to be closed by the caller.
  @inlinable
  public consuming func release() -> Int32 {
    let rawDescriptor = rawDescriptor
    discard self
    return rawDescriptor
  }

  /// Closes the descriptor, which is gone even if this throws.
  ///
  /// - Throws: What the system reports of closing.
  ///
  /// Source: close(2).
  public consuming func close() throws(IOError) {
    try SystemKernel().close(release())
  }
}

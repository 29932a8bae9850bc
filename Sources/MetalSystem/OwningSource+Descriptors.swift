public import MetalCore

extension OwningSource where Self: ~Copyable, S.K == SystemKernel {
  /// Wraps a descriptor that was made elsewhere, without changing any of its flags.
  ///
  /// It must be of the kind that the source is for, and non-blocking, or operations block. A pipe's end can be made so
  /// by its `setNonBlocking(_:)`.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the source's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a source that is still registered stops the program: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: takeHandle().release())
  }
}

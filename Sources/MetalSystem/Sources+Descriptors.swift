public import MetalCore

extension TCPListener where S.K == SystemKernel {
  /// Wraps a listening TCP socket that was made elsewhere, without changing any of its flags.
  ///
  /// The socket must be non-blocking, or `accept()` blocks.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the listener's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a listener that is still registered traps: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: handle.release())
  }
}

extension TCPStream where S.K == SystemKernel {
  /// Wraps a connected TCP socket that was made elsewhere, without changing any of its flags.
  ///
  /// The socket must be non-blocking, or reading and writing block.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the stream's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a stream that is still registered traps: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: handle.release())
  }
}

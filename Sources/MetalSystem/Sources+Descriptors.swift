public import MetalCore

extension TCPListener where S.K == SystemKernel {
  /// Wraps a listening TCP socket that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or `accept()` blocks.
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
  /// It must be non-blocking, or reading and writing block.
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

extension UDPSocket where S.K == SystemKernel {
  /// Wraps a UDP socket that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or sending and receiving block.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the socket's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a socket that is still registered traps: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: handle.release())
  }
}

extension UnixListener where S.K == SystemKernel {
  /// Wraps a listening Unix-domain socket that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or `accept()` blocks.
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

extension UnixStream where S.K == SystemKernel {
  /// Wraps a connected Unix-domain socket that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or reading and writing block.
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

extension UnixDatagram where S.K == SystemKernel {
  /// Wraps a Unix-domain datagram socket that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or sending and receiving block.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the socket's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a socket that is still registered traps: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: handle.release())
  }
}

extension PipeReader where S.K == SystemKernel {
  /// Wraps a descriptor for reading that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or reading blocks: set it so by `setNonBlocking(_:)`.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the reader's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a reader that is still registered traps: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: handle.release())
  }
}

extension PipeWriter where S.K == SystemKernel {
  /// Wraps a descriptor for writing that was made elsewhere, without changing any of its flags.
  ///
  /// It must be non-blocking, or writing blocks: set it so by `setNonBlocking(_:)`.
  @inlinable
  public init(owning descriptor: consuming OwnedDescriptor) {
    self.init(handle: SourceHandle(owning: descriptor.release(), on: SystemKernel()))
  }

  /// The descriptor's number, which stays the writer's to close.
  @inlinable
  public var rawDescriptor: Int32 { handle.descriptor }

  /// Takes the descriptor out; a writer that is still registered traps: deregister it first.
  @inlinable
  public consuming func releaseDescriptor() -> OwnedDescriptor {
    OwnedDescriptor(adopting: handle.release())
  }
}

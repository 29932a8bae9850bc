/// A TCP connection.
///
/// ```swift
/// while let count = try stream.readIfReady(into: buffer.mutableSpan) {
///   if count == 0 { … }                        // the peer has finished
///   …
/// }
/// ```
///
/// Each call that may block has two forms: `read(into:)` throws ``IOError/Kind/wouldBlock``, `readIfReady(into:)`
/// returns `nil` instead. The second reads better in a loop and costs less.
///
/// The stream owns its descriptor: dropping it closes the connection and ends its registration. Reading, writing and
/// options may be used from several threads at once; registering needs exclusive access.
@frozen
public struct TCPStream<S: Selector>: ~Copyable, StreamSocket {
  /// The descriptor with its registration.
  public var handle: SourceHandle<S>

  /// Makes a source around a descriptor.
  @inlinable
  public init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  /// Takes the descriptor with its registration out of the source.
  @inlinable
  public consuming func takeHandle() -> SourceHandle<S> {
    handle
  }

  /// Starts to connect a new socket to an address, and returns without waiting for the outcome.
  ///
  /// Register the stream for ``Interest/writable``. When its event comes, ask ``Socket/takePendingError()``: `nil`
  /// means that the connection stands, and ``peerAddress`` is available; anything else is why it failed.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is
  ///   left; ``IOError/Kind/addressNotAvailable`` if no local port is free, or the local address of the options is
  ///   not one of this machine; ``IOError/Kind/networkUnreachable`` if there is no route;
  ///   ``IOError/Kind/connectionRefused`` and other outcomes if the system knows them at once;
  ///   ``IOError/Kind/unsupported`` if the system lacks the address family or an option;
  ///   ``IOError/Kind/invalidInput`` for an option out of its range; ``IOError/Kind/addressInUse`` if the local
  ///   address of the options has a port, which is taken.
  /// - Complexity: Two system calls, and one more for each option, or two for a local address without a port; no
  ///   allocation.
  ///
  /// Source: socket(2), connect(2); tcp(7).
  @inlinable
  public init(
    connectingTo address: SocketAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(address.family, .stream, options, on: kernel)
    if let localAddress = options.localAddress {
      try kernel.bindToConnect(handle.descriptor, to: localAddress)
    }
    try kernel.connect(handle.descriptor, to: address)
    self.init(handle: handle)
  }
}

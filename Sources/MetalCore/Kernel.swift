/// What sources call: one typed method per system call that a source makes.
///
/// A kernel is chosen at compile time through ``Selector/K``. `SystemKernel` is an empty struct over the system's calls, so it
/// costs nothing; a simulated kernel is a node of a simulation. Programs use the sources, not this protocol.
///
/// Methods that may block return an ``IOResult`` and never throw; all others throw what the system said. Every
/// descriptor that a kernel opens is close-on-exec and non-blocking, and no method raises `SIGPIPE`.
public protocol Kernel: Sendable {
  /// The name of an open object.
  associatedtype Descriptor: BitwiseCopyable, Hashable, Sendable
  /// An open object with one owner, which closes it when it is dropped.
  associatedtype Owner: DescriptorOwner, ~Copyable where Owner.K == Self

  /// The name that no open object has.
  static var noDescriptor: Descriptor { get }

  /// The kernel that sources and polls use when none is named.
  static var current: Self { get }

  /// The result that says an operation would block.
  static var wouldBlock: IOResult { get }

  /// The nanoseconds since some fixed moment, on a clock that never goes back and on which waits are measured.
  ///
  /// A poll that spins reads it. A program measures its deadlines by it, such as the time to accept again.
  var monotonicNanoseconds: Int64 { get }

  /// Stops the program, with a sentence that names both, if another kernel is not this one.
  ///
  /// A source calls it before it registers, since a descriptor means something on its own kernel alone. A type whose
  /// values are all one kernel, such as `SystemKernel`, has the default, which does nothing.
  func requireSame(as other: Self)

  /// Returns the error that a failed result stands for; called on rare paths only.
  static func error(for result: IOResult) -> IOError

  /// Opens a socket.
  func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Descriptor

  /// Closes a descriptor, which is gone afterwards even if this throws.
  func close(_ descriptor: Descriptor) throws(IOError)

  /// Gives a socket its local address.
  func bind(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError)

  /// Makes a socket accept connections; the system may cap the backlog.
  func listen(_ descriptor: Descriptor, backlog: Int) throws(IOError)

  /// Gives a stream the local address that it connects from; where the system can, port 0 is chosen by connecting.
  ///
  /// - Throws: What binding throws.
  func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError)

  /// Starts to connect and returns without waiting for the outcome.
  func connect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError)

  /// Takes a connection off a listener's queue; on success both `inout` values are set, else neither.
  func accept(
    _ descriptor: Descriptor, into accepted: inout Descriptor, peerAddress: inout SocketAddress
  ) -> IOResult

  /// Returns the address a socket is bound to.
  func localAddress(of descriptor: Descriptor) throws(IOError) -> SocketAddress

  /// Returns the address a socket is connected to.
  func peerAddress(of descriptor: Descriptor) throws(IOError) -> SocketAddress

  /// Ends one or both directions of a connection.
  func shutdown(_ descriptor: Descriptor, _ direction: ShutdownDirection) throws(IOError)

  /// Returns a socket option's value; switches are 0 or 1.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` for an option that the socket does not have.
  func option(_ option: SocketOption, of descriptor: Descriptor) throws(IOError) -> Int

  /// Sets a socket option; switches are 0 or 1.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` for a value out of the option's range; ``IOError/Kind/unsupported`` for an
  ///   option that the socket does not have.
  func setOption(_ option: SocketOption, of descriptor: Descriptor, to value: Int) throws(IOError)

  /// Sets or removes the time that closing waits for unsent data, rounded up to whole seconds.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is negative or beyond 327 s.
  func setLinger(_ linger: Duration?, of descriptor: Descriptor) throws(IOError)

  /// Returns the time that closing waits for unsent data, or `nil` if it does not linger.
  func linger(of descriptor: Descriptor) throws(IOError) -> Duration?

  /// Returns a socket's pending error and clears it.
  func takePendingError(of descriptor: Descriptor) throws(IOError) -> IOError?

  /// Receives bytes from a connected socket.
  func receive(_ descriptor: Descriptor, into buffer: consuming MutableSpan<UInt8>) -> IOResult

  /// Receives bytes from a connected socket, into the free part of an output span.
  func receive(_ descriptor: Descriptor, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult

  /// Receives bytes from a connected socket, into several buffers in order.
  func receive<let capacity: Int>(
    _ descriptor: Descriptor, into vector: consuming MutableIOVector<capacity>
  ) -> IOResult

  /// Receives bytes from a connected socket and leaves them in its queue.
  func peek(_ descriptor: Descriptor, into buffer: consuming MutableSpan<UInt8>) -> IOResult

  /// Sends bytes on a connected socket.
  func send(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> IOResult

  /// Sends bytes on a connected socket, from several buffers in order.
  func send<let capacity: Int>(_ descriptor: Descriptor, _ vector: IOVector<capacity>) -> IOResult

  // MARK: Unix-domain sockets

  /// Opens two sockets of the Unix-domain family that are connected with each other.
  func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Descriptor, Descriptor>

  /// Gives a socket its local address.
  func bind(_ descriptor: Descriptor, to address: UnixAddress) throws(IOError)

  /// Connects to an address, or starts to.
  func connect(_ descriptor: Descriptor, to address: UnixAddress) throws(IOError)

  /// Takes a connection off a listener's queue; on success both `inout` values are set, else neither.
  func accept(_ descriptor: Descriptor, into accepted: inout Descriptor, peerAddress: inout UnixAddress)
    -> IOResult

  /// Returns the address a socket is bound to.
  func localUnixAddress(of descriptor: Descriptor) throws(IOError) -> UnixAddress

  /// Returns the address a socket is connected to.
  func peerUnixAddress(of descriptor: Descriptor) throws(IOError) -> UnixAddress

  // MARK: Datagrams

  /// Receives a datagram, or with `isPeek` copies it and leaves it in the queue.
  func receiveDatagram(
    _ descriptor: Descriptor, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool
  ) -> IOResult

  /// Receives a datagram with the address it came from.
  func receiveDatagram(
    _ descriptor: Descriptor, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool,
    isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult

  /// Receives a datagram with the address it came from.
  func receiveDatagram(
    _ descriptor: Descriptor, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool,
    isTruncated: inout Bool,
    source: inout UnixAddress
  ) -> IOResult

  /// Receives a datagram into several buffers in order.
  func receiveDatagram<let capacity: Int>(
    _ descriptor: Descriptor, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool
  ) -> IOResult

  /// Receives a datagram into several buffers in order, with the address it came from.
  func receiveDatagram<let capacity: Int>(
    _ descriptor: Descriptor, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult

  /// Sends a datagram to an address.
  func sendDatagram(_ descriptor: Descriptor, _ bytes: Span<UInt8>, to address: SocketAddress) -> IOResult

  /// Sends a datagram to an address.
  func sendDatagram(_ descriptor: Descriptor, _ bytes: Span<UInt8>, to address: UnixAddress) -> IOResult

  /// Sends a datagram to an address, from several buffers in order.
  func sendDatagram<let capacity: Int>(
    _ descriptor: Descriptor, _ vector: IOVector<capacity>, to address: SocketAddress
  ) -> IOResult

  /// Joins a multicast group, or leaves it.
  func setMembership(
    _ isMember: Bool, of descriptor: Descriptor, in group: MulticastGroup
  ) throws(IOError)

  // MARK: Pipes

  /// Opens a pipe: first the end for reading, second the end for writing.
  func openPipe() throws(IOError) -> Pair<Descriptor, Descriptor>

  /// Reads bytes from a pipe.
  func read(_ descriptor: Descriptor, into buffer: consuming MutableSpan<UInt8>) -> IOResult

  /// Reads bytes from a pipe, into the free part of an output span.
  func read(_ descriptor: Descriptor, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult

  /// Reads bytes from a pipe, into several buffers in order.
  func read<let capacity: Int>(
    _ descriptor: Descriptor, into vector: consuming MutableIOVector<capacity>
  ) -> IOResult

  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> IOResult

  /// Writes bytes to a pipe, from several buffers in order, without raising `SIGPIPE`.
  func write<let capacity: Int>(_ descriptor: Descriptor, _ vector: IOVector<capacity>) -> IOResult

  /// Chooses whether operations on a descriptor return at once or wait; its other flags stay.
  func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Descriptor) throws(IOError)
}

extension Kernel {
  /// Gives a stream the local address that it connects from, and its port at once.
  ///
  /// - Throws: What binding throws.
  @inlinable
  public func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError) {
    try bind(descriptor, to: address)
  }

  /// Does nothing: all values of the type are one kernel.
  @inlinable
  public func requireSame(as other: Self) {}
}

/// What sources call: one typed method per system call that a source makes.
///
/// A kernel is chosen at compile time through ``Selector/K``. `SystemKernel` is an empty struct over libc, so it
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
  func option(_ option: SocketOption, of descriptor: Descriptor) throws(IOError) -> Int

  /// Sets a socket option; switches are 0 or 1.
  func setOption(_ option: SocketOption, of descriptor: Descriptor, to value: Int) throws(IOError)

  /// Sets or removes the time that closing waits for unsent data.
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
}

/// The one owner of an open object: dropping it closes the object.
///
/// A conforming type is not generic, so that its `deinit` runs wherever a source is dropped; see `SourceHandle`.
public protocol DescriptorOwner: ~Copyable, Sendable {
  /// The kernel that the object lives in.
  associatedtype K: Kernel

  /// Takes over an open object.
  init(owning descriptor: K.Descriptor, on kernel: K)

  /// The object's name, which stays this value's to close.
  var descriptor: K.Descriptor { get }

  /// The kernel that the object lives in.
  var kernel: K { get }

  /// Gives the object away, to be closed by the caller.
  consuming func release() -> K.Descriptor
}

/// The address family of a socket.
@frozen
public enum SocketFamily: Sendable, BitwiseCopyable {
  /// Internet protocol, version 4.
  case ipv4
  /// Internet protocol, version 6.
  case ipv6
  /// Sockets between processes of one machine.
  case unix
}

extension SocketAddress {
  /// The family of sockets that this address belongs to.
  @inlinable
  public var family: SocketFamily { isIPv4 ? .ipv4 : .ipv6 }
}

/// How a socket carries its bytes.
@frozen
public enum SocketKind: Sendable, BitwiseCopyable {
  /// A connected stream of bytes without boundaries.
  case stream
  /// Messages that keep their boundaries.
  case datagram
}

/// The direction, or both, that a shutdown ends.
@frozen
public enum ShutdownDirection: Sendable, BitwiseCopyable {
  /// Nothing more will be read here.
  case read
  /// Nothing more will be written here: the peer sees the end of the stream.
  case write
  /// Neither direction will be used again.
  case both
}

/// The socket options whose value is a number or a switch.
@nonexhaustive
public enum SocketOption: Sendable, BitwiseCopyable {
  /// Small writes are sent at once instead of being gathered (`TCP_NODELAY`); a switch.
  case noDelay
  /// Hops a packet may take, 1…255 (`IP_TTL`, or `IPV6_UNICAST_HOPS` by the socket's family).
  case timeToLive
  /// An address that recently closed connections still occupy may be bound (`SO_REUSEADDR`); a switch.
  case reuseAddress
}

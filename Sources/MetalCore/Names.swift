// The short names of a selector's types.
//
// A program that imports MetalIO has the default selector's under the bare names. A generic program writes
// `S.TCPStream`, and one that chooses its backend by itself `typealias TCPStream = EpollSelector.TCPStream`.

extension Selector {
  /// A wait for the readiness of many sources at once.
  public typealias Poll = MetalCore.Poll<Self>
  /// The right to change what a poll watches.
  public typealias Registry = MetalCore.Registry<Self>
  /// The events of one poll.
  public typealias Events = MetalCore.Events<Self>
  /// The right to interrupt a poll's wait.
  public typealias Waker = MetalCore.Waker<Self>
  /// The clock on which polls wait.
  public typealias KernelClock = MetalCore.KernelClock<Self>

  /// A TCP connection: a ``StreamSocket`` with ``SocketAddress``.
  public typealias TCPStream = StreamSocket<Self, SocketAddress>
  /// A TCP socket that accepts connections: a ``ListeningSocket`` with ``SocketAddress``.
  public typealias TCPListener = ListeningSocket<Self, SocketAddress>
  /// A UDP socket: a ``DatagramSocket`` with ``SocketAddress``.
  public typealias UDPSocket = DatagramSocket<Self, SocketAddress>
  /// A connection between two processes of one machine: a ``StreamSocket`` with ``UnixAddress``.
  public typealias UnixStream = StreamSocket<Self, UnixAddress>
  /// A Unix-domain socket that accepts connections: a ``ListeningSocket`` with ``UnixAddress``.
  public typealias UnixListener = ListeningSocket<Self, UnixAddress>
  /// A Unix-domain socket for datagrams: a ``DatagramSocket`` with ``UnixAddress``.
  public typealias UnixDatagramSocket = DatagramSocket<Self, UnixAddress>

  /// The two ends of a new pipe.
  public typealias PipeEnds = MetalCore.PipeEnds<Self>
  /// The end of a pipe that is read from.
  public typealias PipeReader = MetalCore.PipeReader<Self>
  /// The end of a pipe that is written to.
  public typealias PipeWriter = MetalCore.PipeWriter<Self>
}

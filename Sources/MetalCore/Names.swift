// The short names of a selector's types.
//
// A program that imports MetalIO uses the types of the default selector under the bare names. Generic code writes
// `S.TCPStream`. A program that chooses its backend declares `typealias TCPStream = EpollSelector.TCPStream`.

extension Selector {
  /// Watches many sources, and waits until one of them is ready.
  public typealias Poll = MetalCore.Poll<Self>
  /// Registers sources with a poll, and changes or ends their registrations.
  public typealias Registry = MetalCore.Registry<Self>
  /// Holds the events that a poll's wait delivers.
  public typealias Events = MetalCore.Events<Self>
  /// Interrupts a poll's wait, from any thread.
  public typealias Waker = MetalCore.Waker<Self>
  /// The clock that measures a poll's waits.
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
  /// The reading end of a pipe.
  public typealias PipeReader = MetalCore.PipeReader<Self>
  /// The writing end of a pipe.
  public typealias PipeWriter = MetalCore.PipeWriter<Self>
}

@_exported public import MetalCore
@_exported public import MetalSystem

/// A wait for the readiness of many sources at once, on the default selector.
public typealias Poll = DefaultSelector.Poll

/// The right to change what a poll watches, on the default selector.
public typealias Registry = DefaultSelector.Registry

/// The events of one poll, on the default selector.
public typealias Events = DefaultSelector.Events

/// A report of a source's readiness: the platform's own event record.
public typealias Event = DefaultSelector.Event

/// The right to interrupt a poll's wait, on the default selector.
public typealias Waker = DefaultSelector.Waker

/// The clock on which polls wait, on the default selector: for a program's timers.
public typealias KernelClock = DefaultSelector.KernelClock

/// A TCP socket that accepts connections, on the default selector: a `ListeningSocket` with `SocketAddress`.
public typealias TCPListener = DefaultSelector.TCPListener

/// A TCP connection, on the default selector: a `StreamSocket` with `SocketAddress`.
public typealias TCPStream = DefaultSelector.TCPStream

/// A UDP socket, on the default selector: a `DatagramSocket` with `SocketAddress`.
public typealias UDPSocket = DefaultSelector.UDPSocket

/// A Unix-domain socket that accepts connections, on the default selector: a `ListeningSocket` with `UnixAddress`.
public typealias UnixListener = DefaultSelector.UnixListener

/// A connection between two processes of one machine, on the default selector: a `StreamSocket` with `UnixAddress`.
public typealias UnixStream = DefaultSelector.UnixStream

/// A Unix-domain socket for datagrams, on the default selector: a `DatagramSocket` with `UnixAddress`.
public typealias UnixDatagramSocket = DefaultSelector.UnixDatagramSocket

/// The two ends of a new pipe, on the default selector.
public typealias PipeEnds = DefaultSelector.PipeEnds

/// The end of a pipe that is read from, on the default selector.
public typealias PipeReader = DefaultSelector.PipeReader

/// The end of a pipe that is written to, on the default selector.
public typealias PipeWriter = DefaultSelector.PipeWriter

#if Simulated
/// Not available: a simulated kernel has no descriptors of the system to borrow.
@available(*, unavailable, message: "A simulated kernel has no descriptors of the system to borrow.")
public typealias BorrowedDescriptor = Never
#else
/// A source for a descriptor that belongs to somebody else, on the default selector.
public typealias BorrowedDescriptor = DefaultSelector.BorrowedDescriptor
#endif

@_exported public import MetalCore
@_exported public import MetalSystem

/// A poll on the default selector: it waits until some of its sources are ready.
public typealias Poll = DefaultSelector.Poll

/// The handle that registers sources with a poll, on the default selector.
public typealias Registry = DefaultSelector.Registry

/// The container for the events of a poll, on the default selector.
public typealias Events = DefaultSelector.Events

/// A readiness event on the default selector: the platform's own event record.
public typealias Event = DefaultSelector.Event

/// A handle that interrupts the wait of a poll from any thread, on the default selector.
public typealias Waker = DefaultSelector.Waker

/// The clock for a program's timers, which polls also use for timeouts, on the default selector.
public typealias KernelClock = DefaultSelector.KernelClock

/// A TCP socket that accepts connections, on the default selector: a `ListeningSocket` with `SocketAddress`.
public typealias TCPListener = DefaultSelector.TCPListener

/// A TCP connection, on the default selector: a `StreamSocket` with `SocketAddress`.
public typealias TCPStream = DefaultSelector.TCPStream

/// A UDP socket, on the default selector: a `DatagramSocket` with `SocketAddress`.
public typealias UDPSocket = DefaultSelector.UDPSocket

/// A Unix-domain socket that accepts connections, on the default selector: a `ListeningSocket` with `UnixAddress`.
public typealias UnixListener = DefaultSelector.UnixListener

/// A Unix-domain connection within a machine, on the default selector: a `StreamSocket` with `UnixAddress`.
public typealias UnixStream = DefaultSelector.UnixStream

/// A Unix-domain datagram socket, on the default selector: a `DatagramSocket` with `UnixAddress`.
public typealias UnixDatagramSocket = DefaultSelector.UnixDatagramSocket

/// The two ends of a new pipe, on the default selector.
public typealias PipeEnds = DefaultSelector.PipeEnds

/// The reading end of a pipe, on the default selector.
public typealias PipeReader = DefaultSelector.PipeReader

/// The writing end of a pipe, on the default selector.
public typealias PipeWriter = DefaultSelector.PipeWriter

#if Simulated
/// Not available: a simulated kernel has no descriptors of the operating system to borrow.
@available(*, unavailable, message: "A simulated kernel has no descriptors of the system to borrow.")
public typealias BorrowedDescriptor = Never
#else
/// A source for a descriptor that another owner closes, on the default selector.
public typealias BorrowedDescriptor = DefaultSelector.BorrowedDescriptor
#endif

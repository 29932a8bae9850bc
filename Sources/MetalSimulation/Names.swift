@_exported public import MetalCore
@_exported public import MetalKqueue
@_exported public import MetalKqueueSim

/// A poll on the simulated kernel: it waits until some of its sources are ready.
public typealias Poll = KqueueSimSelector.Poll

/// The handle that registers sources with a poll, on the simulated kernel.
public typealias Registry = KqueueSimSelector.Registry

/// The container for the events of a poll, on the simulated kernel.
public typealias Events = KqueueSimSelector.Events

/// A readiness event on the simulated kernel: the record of an event queue.
public typealias Event = KqueueSimSelector.Event

/// A handle that interrupts the wait of a poll from any program, on the simulated kernel.
public typealias Waker = KqueueSimSelector.Waker

/// A TCP socket that accepts connections, on the simulated kernel: a `ListeningSocket` with `SocketAddress`.
public typealias TCPListener = KqueueSimSelector.TCPListener

/// A TCP connection, on the simulated kernel: a `StreamSocket` with `SocketAddress`.
public typealias TCPStream = KqueueSimSelector.TCPStream

/// A UDP socket, on the simulated kernel: a `DatagramSocket` with `SocketAddress`.
public typealias UDPSocket = KqueueSimSelector.UDPSocket

/// A Unix-domain socket that accepts connections, on the simulated kernel: a `ListeningSocket` with `UnixAddress`.
public typealias UnixListener = KqueueSimSelector.UnixListener

/// A Unix-domain connection within a machine, on the simulated kernel: a `StreamSocket` with `UnixAddress`.
public typealias UnixStream = KqueueSimSelector.UnixStream

/// A Unix-domain datagram socket, on the simulated kernel: a `DatagramSocket` with `UnixAddress`.
public typealias UnixDatagramSocket = KqueueSimSelector.UnixDatagramSocket

/// The two ends of a new pipe, on the simulated kernel.
public typealias PipeEnds = KqueueSimSelector.PipeEnds

/// The reading end of a pipe, on the simulated kernel.
public typealias PipeReader = KqueueSimSelector.PipeReader

/// The writing end of a pipe, on the simulated kernel.
public typealias PipeWriter = KqueueSimSelector.PipeWriter

/// The clock for a program's timers, which polls also use for timeouts, on the simulated kernel.
public typealias KernelClock = KqueueSimSelector.KernelClock

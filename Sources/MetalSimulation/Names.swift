@_exported public import MetalCore
@_exported public import MetalKqueue
@_exported public import MetalKqueueSim

/// A wait for the readiness of many sources at once, on the simulated kernel.
public typealias Poll = KqueueSimSelector.Poll

/// The right to change what a poll watches, on the simulated kernel.
public typealias Registry = KqueueSimSelector.Registry

/// The events of one poll, on the simulated kernel.
public typealias Events = KqueueSimSelector.Events

/// A report of a source's readiness: the record of an event queue.
public typealias Event = KqueueSimSelector.Event

/// The right to interrupt a poll's wait, on the simulated kernel.
public typealias Waker = KqueueSimSelector.Waker

/// A TCP socket that accepts connections, on the simulated kernel: a `ListeningSocket` with `SocketAddress`.
public typealias TCPListener = KqueueSimSelector.TCPListener

/// A TCP connection, on the simulated kernel: a `StreamSocket` with `SocketAddress`.
public typealias TCPStream = KqueueSimSelector.TCPStream

/// A UDP socket, on the simulated kernel: a `DatagramSocket` with `SocketAddress`.
public typealias UDPSocket = KqueueSimSelector.UDPSocket

/// A Unix-domain socket that accepts connections, on the simulated kernel: a `ListeningSocket` with `UnixAddress`.
public typealias UnixListener = KqueueSimSelector.UnixListener

/// A connection between two processes of one machine, on the simulated kernel: a `StreamSocket` with `UnixAddress`.
public typealias UnixStream = KqueueSimSelector.UnixStream

/// A Unix-domain socket for datagrams, on the simulated kernel: a `DatagramSocket` with `UnixAddress`.
public typealias UnixDatagramSocket = KqueueSimSelector.UnixDatagramSocket

/// The two ends of a new pipe, on the simulated kernel.
public typealias PipeEnds = KqueueSimSelector.PipeEnds

/// The end of a pipe that is read from, on the simulated kernel.
public typealias PipeReader = KqueueSimSelector.PipeReader

/// The end of a pipe that is written to, on the simulated kernel.
public typealias PipeWriter = KqueueSimSelector.PipeWriter

/// The clock on which polls wait, on the simulated kernel: for a program's timers.
public typealias KernelClock = KqueueSimSelector.KernelClock

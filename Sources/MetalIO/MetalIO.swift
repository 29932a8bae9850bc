@_exported public import MetalCore
@_exported public import MetalSystem

/// A wait for the readiness of many sources at once, on the default selector.
public typealias Poll = MetalCore.Poll<DefaultSelector>

/// The right to change what a poll watches, on the default selector.
public typealias Registry = MetalCore.Registry<DefaultSelector>

/// The events of one poll, on the default selector.
public typealias Events = MetalCore.Events<DefaultSelector>

/// One telling of a source's readiness: the platform's own event record.
public typealias Event = DefaultSelector.Event

/// The right to interrupt a poll's wait, on the default selector.
public typealias Waker = MetalCore.Waker<DefaultSelector>

/// A TCP socket that accepts connections, on the default selector.
public typealias TCPListener = MetalCore.TCPListener<DefaultSelector>

/// A TCP connection, on the default selector.
public typealias TCPStream = MetalCore.TCPStream<DefaultSelector>

/// A UDP socket, on the default selector.
public typealias UDPSocket = MetalCore.UDPSocket<DefaultSelector>

/// A Unix-domain socket that accepts connections, on the default selector.
public typealias UnixListener = MetalCore.UnixListener<DefaultSelector>

/// A connection between two processes of one machine, on the default selector.
public typealias UnixStream = MetalCore.UnixStream<DefaultSelector>

/// A Unix-domain socket for datagrams, on the default selector.
public typealias UnixDatagram = MetalCore.UnixDatagram<DefaultSelector>

/// The two ends of a new pipe, on the default selector.
public typealias Pipe = MetalCore.Pipe<DefaultSelector>

/// The end of a pipe that is read from, on the default selector.
public typealias PipeReader = MetalCore.PipeReader<DefaultSelector>

/// The end of a pipe that is written to, on the default selector.
public typealias PipeWriter = MetalCore.PipeWriter<DefaultSelector>

/// A source for a descriptor that belongs to somebody else, on the default selector.
public typealias SourceDescriptor = MetalSystem.SourceDescriptor<DefaultSelector>

import MetalCore

// The short names, for the selector that the target's Backend.swift chooses.

typealias Poll = MetalCore.Poll<Selector>
typealias Registry = MetalCore.Registry<Selector>
typealias Events = MetalCore.Events<Selector>
typealias Event = Selector.Event
typealias Waker = MetalCore.Waker<Selector>
typealias Source = MetalCore.Source<Selector>
typealias TCPListener = MetalCore.TCPListener<Selector>
typealias TCPStream = MetalCore.TCPStream<Selector>
typealias UDPSocket = MetalCore.UDPSocket<Selector>
typealias UnixListener = MetalCore.UnixListener<Selector>
typealias UnixStream = MetalCore.UnixStream<Selector>
typealias UnixDatagram = MetalCore.UnixDatagram<Selector>
typealias Pipe = MetalCore.Pipe<Selector>
typealias PipeReader = MetalCore.PipeReader<Selector>
typealias PipeWriter = MetalCore.PipeWriter<Selector>

import MetalCore

// The short names, for the selector that the target's Backend.swift chooses.

typealias Poll = Selector.Poll
typealias Registry = Selector.Registry
typealias Events = Selector.Events
typealias Event = Selector.Event
typealias Waker = Selector.Waker
typealias KernelClock = Selector.KernelClock
typealias TCPListener = Selector.TCPListener
typealias TCPStream = Selector.TCPStream
typealias UDPSocket = Selector.UDPSocket
typealias UnixListener = Selector.UnixListener
typealias UnixStream = Selector.UnixStream
typealias UnixDatagramSocket = Selector.UnixDatagramSocket
typealias PipeEnds = Selector.PipeEnds
typealias PipeReader = Selector.PipeReader
typealias PipeWriter = Selector.PipeWriter
typealias Source = MetalCore.Source<Selector>

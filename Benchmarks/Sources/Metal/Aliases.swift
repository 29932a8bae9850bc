import MetalCore

// The names that `MetalIO` would give for its default selector.

typealias Poll = BenchmarkSelector.Poll
typealias Registry = BenchmarkSelector.Registry
typealias Events = BenchmarkSelector.Events
typealias Event = BenchmarkSelector.Event
typealias Waker = BenchmarkSelector.Waker
typealias TCPListener = BenchmarkSelector.TCPListener
typealias TCPStream = BenchmarkSelector.TCPStream
typealias UnixStream = BenchmarkSelector.UnixStream

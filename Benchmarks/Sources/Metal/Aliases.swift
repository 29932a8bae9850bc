import MetalCore

// The names that `MetalIO` would give for its default selector.

typealias Poll = MetalCore.Poll<BenchmarkSelector>
typealias Registry = MetalCore.Registry<BenchmarkSelector>
typealias Events = MetalCore.Events<BenchmarkSelector>
typealias Event = BenchmarkSelector.Event
typealias Waker = MetalCore.Waker<BenchmarkSelector>
typealias TCPListener = MetalCore.TCPListener<BenchmarkSelector>
typealias TCPStream = MetalCore.TCPStream<BenchmarkSelector>
typealias UnixStream = MetalCore.UnixStream<BenchmarkSelector>

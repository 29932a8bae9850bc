import MetalCore

// The selector under test, and whether it reports a source again on the next byte though nothing was read from it. That is
// how edge-triggered epoll is. The library does not promise it.
#if ON_POLL
import MetalPoll

typealias BenchmarkSelector = PosixPollSelector
let reportsEveryByte = false
#else
import MetalEpoll

typealias BenchmarkSelector = EpollSelector
let reportsEveryByte = true
#endif

// The names that `MetalIO` would give for its default selector.

typealias Poll = BenchmarkSelector.Poll
typealias Registry = BenchmarkSelector.Registry
typealias Events = BenchmarkSelector.Events
typealias Event = BenchmarkSelector.Event
typealias TCPListener = BenchmarkSelector.TCPListener
typealias TCPStream = BenchmarkSelector.TCPStream
typealias UnixStream = BenchmarkSelector.UnixStream
typealias UnixDatagramSocket = BenchmarkSelector.UnixDatagramSocket

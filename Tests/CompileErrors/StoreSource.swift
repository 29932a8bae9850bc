// Collections, tuples and copyable types hold copyable values alone.

import MetalIO

struct Server: ~Copyable {
  // expected-error: type 'TCPStream' (aka 'StreamSocket<EpollSelector, SocketAddress>') does not conform to protocol 'Copyable'
  var streams: [Token: TCPStream] = [:]
  // instead: var streams = Slab<TCPStream>()
  var upstream: TCPStream? = nil

  mutating func setUpstream(_ stream: consuming TCPStream) {
    // expected-error: implicit conversion to 'TCPStream?' (aka 'Optional<StreamSocket<EpollSelector, SocketAddress>>') is consuming
    // expected-note: add 'consume' to make consumption explicit
    upstream = stream
    // instead: upstream = .some(stream)
  }
}

// expected-note: consider adding '~Copyable' to enum 'State'
enum State {
  // instead: enum State: ~Copyable {
  case idle
  // expected-error: associated value 'open' of 'Copyable'-conforming enum 'State' has non-Copyable type 'TCPStream' (aka 'StreamSocket<EpollSelector, SocketAddress>')
  case open(TCPStream)
}

// expected-error: tuple with noncopyable element type 'TCPStream' (aka 'StreamSocket<EpollSelector, SocketAddress>') is not supported
func connect(to address: SocketAddress) throws(IOError) -> (TCPStream, Token) {
  // instead: func connect(to address: SocketAddress) throws(IOError) -> Connection {
  // expected-error: type '(TCPStream, Token)' (aka '(StreamSocket<EpollSelector, SocketAddress>, Token)') containing noncopyable element is not supported
  (try TCPStream(connectingTo: address), 7)
  // instead: Connection(stream: try TCPStream(connectingTo: address), token: 7)
}

struct Connection: ~Copyable {
  var stream: TCPStream
  let token: Token
}

// expected-note: 'where T: Copyable' is implicit here
func watch<T: Source>(_ source: inout T, with registry: T.S.Registry) throws(IOError) {
  // instead: func watch<T: Source & ~Copyable>(_ source: inout T, with registry: T.S.Registry) throws(IOError) {
  try registry.register(&source, token: 1, interests: .readable)
}

func start(_ stream: inout TCPStream, with registry: Registry) throws(IOError) {
  // expected-error: global function 'watch(_:with:)' requires that 'TCPStream' (aka 'StreamSocket<EpollSelector, SocketAddress>') conform to 'Copyable'
  try watch(&stream, with: registry)
}

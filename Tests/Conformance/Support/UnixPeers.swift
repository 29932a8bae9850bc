import MetalCore
import Testing

/// A Unix-domain listener and its two ends of one connection, none of them registered.
struct UnixConnected: ~Copyable {
  var listener: UnixListener
  /// The end that connected.
  var client: UnixStream
  /// The end that was accepted.
  var server: UnixStream

  init(_ address: UnixAddress) throws(IOError) {
    let listener = try UnixListener(bindingTo: address)
    let client = try UnixStream(connectingTo: try listener.localAddress)
    let accepted = try listener.acceptWhenReady()
    server = accepted.stream
    self.listener = listener
    self.client = client
  }
}

/// Sends back whatever has arrived at a stream; returns how many bytes that were.
@discardableResult
func echo(_ stream: borrowing UnixStream) throws(IOError) -> Int {
  var total = 0
  var buffer = [UInt8](repeating: 0, count: 4096)
  while let count = try stream.read(into: buffer.mutableSpan), count > 0 {
    try stream.writeFully(Array(buffer[..<count]))
    total += count
  }
  return total
}

/// Has a stream that is connected to a listener do what rows UDS-01 and UDS-02 say; the other end is stepped.
func expectEchoes(on stream: consuming UnixStream, by listener: borrowing UnixListener) throws {
  var loop = try Loop()
  try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
  try loop.expect(1, .writable)
  let accepted = try listener.acceptWhenReady()
  let peer = accepted.stream
  expectWouldBlock { () throws(IOError) in try stream.readOnce() }

  let first: [UInt8] = Array("hello".utf8)
  #expect(try stream.write(first.span) == first.count)
  // Nothing is held back: all of it is there without another call.
  #expect(try peer.readFully(first.count) == first)
  try peer.writeFully(first)
  try loop.expect(1, .readable)
  #expect(try stream.readOnce() == first)
  #expect(try stream.takePendingError() == nil)
  expectWouldBlock { () throws(IOError) in try stream.readOnce() }

  let second: [UInt8] = Array("vectored, ".utf8)
  let third: [UInt8] = Array("and in order".utf8)
  var storage = IOVectorStorage<2>()
  var vector = storage.makeVector()
  vector.append(second.span)
  vector.append(third.span)
  #expect(try stream.write(vector) == second.count + third.count)
  #expect(try echo(peer) == second.count + third.count)
  try loop.expect(1, .readable)
  #expect(try stream.readFully(second.count + third.count) == second + third)
  expectWouldBlock { () throws(IOError) in try stream.readOnce() }
}

/// Has a client connect to a listener, and expects what rows UDS-11 and UDS-12 say.
///
/// Hands the two ends to `inspect`: the accepted one, then the connected one.
func expectAcceptance(
  by listener: consuming UnixListener,
  inspect: (borrowing UnixStream, borrowing UnixStream) throws -> Void = { _, _ in }
) throws {
  var loop = try Loop()
  try loop.registry.register(&listener, token: 1, interests: [.readable, .writable])
  try loop.expectQuiet()
  expectWouldBlock { () throws(IOError) in try listener.accept() }
  let address = try listener.localAddress
  let client = try UnixStream(connectingTo: address)
  try loop.expect(1, .readable)
  let accepted = try ready(listener.accept())
  expectWouldBlock { () throws(IOError) in try accepted.stream.readOnce() }
  expectWouldBlock { () throws(IOError) in try listener.accept() }
  #expect(try listener.takePendingError() == nil)
  #expect(accepted.peerAddress == .unnamed)
  try client.writeFully([1, 2, 3])
  #expect(try accepted.stream.readFully(3) == [1, 2, 3])
  try inspect(accepted.stream, client)
}

/// Two datagram sockets bound to paths, neither connected nor registered.
struct UnixDatagrams: ~Copyable {
  var first: UnixDatagramSocket
  var second: UnixDatagramSocket

  init(in folder: borrowing TemporaryFolder) throws(IOError) {
    let first = try UnixDatagramSocket(bindingTo: folder.address("first"))
    let second = try UnixDatagramSocket(bindingTo: folder.address("second"))
    self.first = first
    self.second = second
  }
}

extension DatagramSocket where S == Selector {
  /// Receives once, and returns what came, or `nil` if that would block.
  func receiveOnce(upTo count: Int = 1024) throws(IOError) -> [UInt8]? {
    try receiveOnceFrom(upTo: count)?.bytes
  }

  /// Receives once, and returns what came and where from, or `nil` if that would block.
  func receiveOnceFrom(upTo count: Int = 1024) throws(IOError) -> ReceivedBytes<Address>? {
    try ReceiveForm.receive(self, atMost: count)
  }
}

/// Expects what row UDS-17 says of two unconnected sockets that are bound to paths.
func expectExchange(between first: consuming UnixDatagramSocket, and second: consuming UnixDatagramSocket)
  throws
{
  let (here, there) = try (first.localAddress, second.localAddress)
  var loop = try Loop()
  try loop.registry.register(&first, token: 1, interests: [.readable, .writable])
  try loop.registry.register(&second, token: 2, interests: [.readable, .writable])
  try loop.expectBoth(.writable)
  expectWouldBlock { () throws(IOError) in try first.receiveOnceFrom() }
  expectWouldBlock { () throws(IOError) in try second.receiveOnceFrom() }
  #expect(try first.send([1, 2, 3].span, to: there) == 3)
  #expect(try second.send([4, 5].span, to: here) == 2)
  try loop.expectBoth(.readable)
  let (atFirst, atSecond) = try (first.receiveOnceFrom(), second.receiveOnceFrom())
  #expect(atFirst == ReceivedBytes(bytes: [4, 5], source: there))
  #expect(atSecond == ReceivedBytes(bytes: [1, 2, 3], source: here))
  #expect(try first.takePendingError() == nil && second.takePendingError() == nil)
}

/// Expects what row UDS-18 says of two sockets that are connected with each other, or, in a pair, row UDS-21.
func expectConnectedExchange(
  between first: consuming UnixDatagramSocket, and second: consuming UnixDatagramSocket
) throws {
  #expect(try first.localAddress == second.peerAddress)
  #expect(try second.localAddress == first.peerAddress)
  var loop = try Loop()
  try loop.registry.register(&first, token: 1, interests: [.readable, .writable])
  try loop.registry.register(&second, token: 2, interests: [.readable, .writable])
  try loop.expectBoth(.writable)
  expectWouldBlock { () throws(IOError) in try first.receiveOnce() }
  expectWouldBlock { () throws(IOError) in try second.receiveOnce() }
  #expect(try first.send([1, 2, 3].span) == 3)
  #expect(try second.send([4, 5].span) == 2)
  try loop.expectBoth(.readable)
  #expect(try first.receiveOnce() == [4, 5])
  #expect(try second.receiveOnce() == [1, 2, 3])
  expectWouldBlock { () throws(IOError) in try first.receiveOnce() }
  #expect(try first.takePendingError() == nil && second.takePendingError() == nil)
}

extension Loop {
  /// Polls, at most three times 500 ms, until the tokens 1 and 2 have been told all of `flags`.
  mutating func expectBoth(_ flags: Flags, sourceLocation: SourceLocation = #_sourceLocation) throws(IOError)
  {
    var seen: [Token: Flags] = [1: [], 2: []]
    let events = try gather(polls: 3) { events in
      for event in events { seen[event.token, default: []].formUnion(Flags(event)) }
      return seen.values.allSatisfy { $0.isSuperset(of: flags) }
    }
    #expect(
      seen.values.allSatisfy { $0.isSuperset(of: flags) },
      "expected \(flags) for the tokens 1 and 2, but got \(events)", sourceLocation: sourceLocation)
  }
}

import MetalCore
import Testing

extension Loop {
  /// Polls, at most three times 500 ms, and returns the events of the first poll that delivered any.
  mutating func firstEvents() throws(IOError) -> [Event] {
    for _ in 0..<3 {
      let batch = try wait()
      if !batch.isEmpty { return batch }
    }
    return []
  }
}

extension StreamSocket where S == Selector {
  /// Peeks once, and returns what is there, or `nil` if that would block.
  func peekOnce(upTo count: Int = 1024) throws(IOError) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    guard let moved = try peek(into: buffer.mutableSpan) else { return nil }
    return Array(buffer[..<moved])
  }

  /// Waits until at least one byte has arrived, without taking it; for a stream that is not registered.
  func waitForData() throws(IOError) {
    var buffer: [UInt8] = [0]
    for _ in 0..<200 {
      if try peek(into: buffer.mutableSpan) != nil { return }
      try pause(.milliseconds(10))
    }
    throw IOError(.timedOut)
  }

  /// Expects that nothing has arrived, neither bytes nor the end of the stream.
  func expectNothingToRead(sourceLocation: SourceLocation = #_sourceLocation) {
    expectWouldBlock(sourceLocation: sourceLocation) { () throws(IOError) in try readOnce() }
    expectWouldBlock(sourceLocation: sourceLocation) { () throws(IOError) in try peekOnce() }
  }
}

/// Has a second thread connect to a listener on a loopback address, and expects what rows TCP-01 to TCP-03 say.
///
/// Hands the two ends to `inspect`: the accepted one, then the connected one.
func expectAcceptance(
  by listener: consuming TCPListener,
  inspect: (borrowing TCPStream, borrowing TCPStream) throws(IOError) -> Void = { _, _ in }
) throws(IOError) {
  let address = try listener.localAddress
  #expect(address.port != 0)
  #expect(address.isLoopback)
  var loop = try Loop(watching: &listener, token: 1, interests: .readable)
  let connected = Handoff<TCPStream>()
  try meanwhile({
    recordingErrors { () throws(IOError) in connected.put(try TCPStream(connectingTo: address)) }
  }) { () throws(IOError) in
    _ = try loop.expect(1, .readable)
  }

  let accepted = try ready(listener.accept())
  #expect(accepted.peerAddress.isLoopback)
  #expect(try accepted.stream.peerAddress == accepted.peerAddress)
  #expect(try accepted.stream.localAddress == address)
  accepted.stream.expectNothingToRead()
  expectWouldBlock { () throws(IOError) in try listener.accept() }
  #expect(try listener.takePendingError() == nil)
  let client = try connected.taken()
  #expect(try client.localAddress == accepted.peerAddress)
  try inspect(accepted.stream, client)
}

/// Has a stream that is connected, or connecting, to an echo server do what rows TCP-13, TCP-14, UDS-01 and UDS-02 say.
func expectEchoes<A>(on stream: consuming StreamSocket<Selector, A>, from peer: consuming EchoPeer<A>) throws(IOError) {
  var loop = try Loop(watching: &stream, token: 1, interests: [.readable, .writable])
  try loop.expect(1, .writable, stepping: &peer)
  stream.expectNothingToRead()
  #expect(try stream.peerAddress == peer.address)

  let first: [UInt8] = Array("hello".utf8)
  #expect(try stream.write(first.span) == first.count)
  try loop.expect(1, .readable, stepping: &peer)
  #expect(try stream.peekOnce() == first)
  #expect(try stream.readOnce() == first)
  #expect(try stream.takePendingError() == nil)
  stream.expectNothingToRead()

  let second: [UInt8] = Array("vectored, ".utf8)
  let third: [UInt8] = Array("and in order".utf8)
  var storage = IOVectorStorage<2>()
  var vector = storage.makeVector()
  vector.append(second.span)
  vector.append(third.span)
  let sent = try ready(stream.write(vector))
  #expect(sent == second.count + third.count)
  let echo = try loop.readEcho(sent, from: stream, token: 1, stepping: &peer)
  #expect(echo == second + third)
  stream.expectNothingToRead()
}

extension Loop {
  /// Writes until that fails, waiting for writable whenever it would block, and returns the kind of the error.
  mutating func writeUntilItFails(
    _ stream: borrowing TCPStream, token: Token, buffers: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) -> IOError.Kind? {
    let bytes = [UInt8](repeating: 7, count: 4096)
    var storage = IOVectorStorage<4>()
    for _ in 0..<100_000 {
      var vector = storage.makeVector()
      for _ in 0..<buffers { vector.append(bytes.span) }
      do throws(IOError) {
        let moved = buffers == 1 ? try stream.write(bytes.span) : try stream.write(vector)
        if moved == nil { try expect(token, .writable, sourceLocation: sourceLocation) }
      } catch {
        return error.kind
      }
    }
    Issue.record("writing never failed", sourceLocation: sourceLocation)
    return nil
  }
}

import MetalCore
import Testing

@Suite("TCP: shutdown and reset", .backend)
struct TCPShutdownTests {
  @Test("TCP-16 The reading side can be shut down although data has arrived")
  func shutdownReadWithDataWaiting() throws(IOError) {
    var peer = try EchoPeer()
    var client = try TCPStream(connectingTo: peer.address)
    var loop = try Loop(watching: &client, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable, stepping: &peer)
    #expect(try client.write([1, 2, 3].span) == 3)
    try loop.expect(1, .readable, stepping: &peer)

    try client.shutdown(.read)
    let bytes = try client.readOnce()
    #expect(bytes == (Backend.keepsDataAfterReadShutdown ? [1, 2, 3] : []))
    #expect(try client.readOnce() == [])
  }

  @Test("TCP-17 After the writing side was shut down, writing fails, and the echo of what was sent still arrives")
  func shutdownWrite() throws(IOError) {
    var peer = try EchoPeer()
    var client = try TCPStream(connectingTo: peer.address)
    var loop = try Loop(watching: &client, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable, stepping: &peer)
    #expect(try client.write([1, 2, 3].span) == 3)

    try client.shutdown(.write)
    expectBrokenPipe(client)
    let echo = try loop.readEcho(3, from: client, token: 1, stepping: &peer)
    #expect(echo == [1, 2, 3])
    expectBrokenPipe(client)
  }

  @Test("TCP-18 After both sides were shut down, writing fails, and reading says the end of the stream")
  func shutdownBoth() throws(IOError) {
    let ends = try Connected()
    try ends.client.shutdown(.both)
    expectBrokenPipe(ends.client)
    #expect(try ends.client.readOnce() == [])
    #expect(try ends.server.readFully(1) == [])
  }

  @Test("TCP-19 Shutting down one's own reading side is reported as read-closed")
  func ownReadShutdownIsReported() throws(IOError) {
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try ends.client.shutdown(.read)
    guard Backend.reportsOwnReadShutdown else { return try loop.expectQuiet() }
    try loop.expect(1, .readClosed)
  }

  @Test("TCP-20 Shutting down one's own writing side is reported as write-closed where the system can tell")
  func ownWriteShutdown() throws(IOError) {
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try ends.client.shutdown(.write)
    guard Backend.wakesOnOwnWriteShutdown else { return try loop.expectQuiet() }
    let events = try loop.expect(1, .writable)
    #expect(events.contains { $0.isWriteClosed } == Backend.reportsOwnWriteShutdown)
    #expect(!events.contains { $0.isReadClosed })
  }

  @Test("TCP-21 Shutting down both of one's own sides is reported as write-closed and read-closed")
  func ownShutdownOfBothIsReported() throws(IOError) {
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try ends.client.shutdown(.both)
    guard Backend.reportsOwnReadShutdown else { return try loop.expectQuiet() }
    try loop.expect(1, [.readClosed, .writeClosed])
  }

  @Test(
    "TCP-22 A peer that closes without having read resets the connection: read-closed, and then quiet",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."))
  func reset() throws(IOError) {
    let ends = try Connected()
    var client = ends.client
    let server = ends.server
    var loop = try Loop(watching: &client, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    #expect(try client.write([1, 2, 3].span) == 3)
    try server.waitForData()
    try server.close()
    try loop.expect(1, .readClosed)
    expectError(.connectionReset) { () throws(IOError) in try client.readOnce() }
    try expectToQuiesce(&loop)
  }

  @Test(
    "TCP-23 A peer that throws its data away and closes right after the accept is reported as readable",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."))
  func lingerZero() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    var client = try TCPStream(connectingTo: try listener.localAddress)
    var loop = try Loop(watching: &client, token: 1, interests: [.readable, .writable])
    let accepted = try listener.acceptWhenReady()
    try accepted.stream.setOption(.linger, to: .zero)
    try accepted.stream.close()
    try loop.expect(1, .readable)
    expectError(.connectionReset) { () throws(IOError) in try client.readOnce() }
  }

  @Test("TCP-29 Writing to a peer that has closed ends in an error other than would-block", arguments: [1, 2])
  func writingToAClosedPeer(buffers: Int) throws(IOError) {
    let ends = try Connected()
    var client = ends.client
    let server = ends.server
    var loop = try Loop(watching: &client, token: 1, interests: .writable)
    try server.close()
    let failure = try loop.writeUntilItFails(client, token: 1, buffers: buffers)
    #expect(failure == .connectionReset || failure == .brokenPipe || failure == .connectionAborted)
    guard Backend.resetStreamsAreBrokenPipes else { return }
    expectBrokenPipe(client)
  }

  @Test(
    "Shutting down a direction of a stream that is not connected says so",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."))
  func shutdownAfterARefusal() throws(IOError) {
    let ends = try Connected()
    var client = ends.client
    let server = ends.server
    var loop = try Loop(watching: &client, token: 1, interests: .readable)
    try server.setOption(.linger, to: .zero)
    try server.close()
    try loop.expect(1, .readClosed)
    expectError(.connectionReset) { () throws(IOError) in try client.readOnce() }
    expectError(.notConnected) { () throws(IOError) in try client.shutdown(.both) }
  }
}

/// Expects that a few polls after what has just been reported nothing comes any more.
private func expectToQuiesce(_ loop: inout Loop, sourceLocation: SourceLocation = #_sourceLocation) throws(IOError) {
  for _ in 0..<5 {
    if try loop.wait(.milliseconds(50)).isEmpty { return }
  }
  Issue.record("events keep coming", sourceLocation: sourceLocation)
}

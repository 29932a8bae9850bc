import MetalCore
import Testing

@Suite("REG: what is reported when", .backend)
struct RegistrationTests {
  @Test("REG-01 An idle listener, stream at either end, and UDP socket are quiet under readable interest")
  func staysQuietWhenIdle() throws(IOError) {
    var ends = try Connected()
    try expectIdle(&ends.listener)
    try expectIdle(&ends.client)
    try expectIdle(&ends.server)
    var pair = try UDPPair(isConnected: true)
    try expectIdle(&pair.first)
    var socket = try UDPSocket(bindingTo: anyPort)
    try expectIdle(&socket)
  }

  @Test("REG-01 So is every idle Unix-domain socket, and a pipe that is empty", .enabled(if: Backend.hasPairs))
  func staysQuietWhenIdleUnix() throws(IOError) {
    let folder = try TemporaryFolder()
    var ends = try UnixConnected(folder.address())
    try expectIdle(&ends.listener)
    try expectIdle(&ends.client)
    try expectIdle(&ends.server)
    var sockets = try UnixDatagrams(in: folder)
    try expectIdle(&sockets.first)
    var pipe = try PipeEnds()
    try expectIdle(&pipe.reader)
  }

  private func expectIdle<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    var loop = try Loop(watching: &source, token: 1, interests: .readable)
    try loop.expectQuiet()
    try loop.registry.deregister(&source)
  }

  @Test("REG-02 A stream that could be written to is quiet under readable interest")
  func omitsWritable() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    try loop.expectQuiet()
    #expect(try ends.server.write([1].span) == 1)
    try loop.expectQuiet()
  }

  @Test("REG-02 Data that arrives is not reported as readable under writable interest")
  func omitsReadable() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    try ends.client.writeFully([1, 2, 3])
    let batch = try loop.wait(.milliseconds(200))
    if Backend.repeatsWritable {
      #expect(batch.allSatisfy { $0.token == 1 && Flags($0) == .writable }, "\(batch)")
    } else {
      #expect(batch.isEmpty, "\(batch)")
    }
    #expect(try ends.server.readFully(3) == [1, 2, 3])
  }

  @Test("REG-02 A packet that arrives is not reported as readable to a UDP socket under writable interest")
  func omitsPacket() throws(IOError) {
    var loop = try Loop()
    var pair = try UDPPair(isConnected: true)
    try loop.registry.register(&pair.second, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    #expect(try pair.first.send([1, 2, 3].span) == 3)
    let batch = try loop.wait(.milliseconds(200))
    if Backend.repeatsWritable {
      #expect(batch.allSatisfy { $0.token == 1 && Flags($0) == .writable }, "\(batch)")
    } else {
      #expect(batch.isEmpty, "\(batch)")
    }
    #expect(try pair.second.receiveNow(.receive).bytes == [1, 2, 3])
  }

  @Test("REG-03 Reregistering replaces everything: the last interest is reported, under the last token")
  func replacesEverything() throws(IOError) {
    var ends = try Connected()
    // Bytes are waiting, so that the former interest would be reported if anything of it remained.
    try ends.client.writeFully([1])
    try ends.server.waitForData()
    try expectReplacement(&ends.server)
  }

  @Test("REG-03 Reregistering a UDP socket replaces everything, whether a packet waits or not")
  func replacesEverythingOfSocket() throws(IOError) {
    var pair = try UDPPair(isConnected: true)
    try expectReplacement(&pair.second)
    #expect(try pair.first.send([1].span) == 1)
    #expect(try pair.second.receiveWhenReady(.peek).bytes == [1])
    try expectReplacement(&pair.second)
  }

  /// Expects that a source which is readable and writable is told of the latter alone, after a reregistration.
  private func expectReplacement<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    var loop = try Loop(watching: &source, token: 1, interests: .readable)
    try loop.registry.reregister(&source, token: 1, interests: .readable)
    try loop.registry.reregister(&source, token: 2, interests: .writable)
    var events = try loop.expect(2, .writable)
    events += try loop.wait(.milliseconds(50))
    #expect(events.allSatisfy { $0.token == 2 && Flags($0) == .writable }, "\(events)")
    try loop.registry.deregister(&source)
  }

  @Test("REG-04 A connection that waits does not show once the listener asks for writable alone")
  func hidesPendingReadability() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 0, interests: .readable)
    let client = try TCPStream(connectingTo: try listener.localAddress)
    try pause(.milliseconds(200))
    try loop.registry.reregister(&listener, token: 0, interests: .writable)
    try loop.expectQuiet(.milliseconds(200))
    // The connection was there all the time.
    let accepted = try ready(listener.accept())
    #expect(try accepted.peerAddress == client.localAddress)
  }

  @Test("REG-05 A deregistered listener is quiet although a client has connected, and accepts it")
  func deregistersListener() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    let client = try TCPStream(connectingTo: try listener.localAddress)
    try loop.registry.deregister(&listener)
    try loop.expectQuiet()
    let accepted = try listener.acceptWhenReady()
    let addresses = try [accepted.peerAddress, accepted.stream.peerAddress, client.localAddress]
    #expect(addresses.allSatisfy { $0.isLoopback && $0 == addresses[0] })
    #expect(try accepted.stream.localAddress == listener.localAddress)
    #expect(try client.peerAddress == listener.localAddress)
    expectWouldBlock { () throws(IOError) in try listener.accept() }
    #expect(try listener.takePendingError() == nil)
    try loop.expectQuiet()
  }

  @Test("REG-06 A stream deregistered before any poll is quiet and works on")
  func deregistersStream() throws(IOError) {
    var loop = try Loop()
    let listener = try TCPListener(bindingTo: anyPort)
    var client = try TCPStream(connectingTo: try listener.localAddress)
    try loop.registry.register(&client, token: 1, interests: [.readable, .writable])
    let accepted = try listener.acceptWhenReady()
    try loop.registry.deregister(&client)
    try loop.expectQuiet()
    #expect(try client.peerAddress == listener.localAddress)
    var buffer: [UInt8] = [0, 0, 0, 0]
    expectWouldBlock { () throws(IOError) in try client.read(into: buffer.mutableSpan) }
    expectWouldBlock { () throws(IOError) in try client.peek(into: buffer.mutableSpan) }
    #expect(try client.write([1, 2, 3].span) == 3)
    try accepted.stream.writeFully(try accepted.stream.readFully(3))
    try client.waitForData()
    try loop.expectQuiet()
    #expect(try client.readFully(3) == [1, 2, 3])
  }

  @Test("REG-07 A source may be registered again after it was deregistered, and is quiet while idle")
  func registersAgain() throws(IOError) {
    var ends = try Connected()
    try expectSecondRegistration(&ends.listener)
    try expectSecondRegistration(&ends.server)
    var socket = try UDPSocket(bindingTo: anyPort)
    try expectSecondRegistration(&socket)
    var loop = try Loop(watching: &ends.server, token: 3, interests: .readable)
    try ends.client.writeFully([1])
    try loop.expect(3, .readable)
  }

  private func expectSecondRegistration<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    var loop = try Loop(watching: &source, token: 1, interests: .readable)
    try loop.registry.deregister(&source)
    try loop.registry.register(&source, token: 2, interests: .readable)
    try loop.expectQuiet(.milliseconds(100))
    try loop.registry.deregister(&source)
  }

  @Test("REG-18 Listener, client and the deregistration of both make one full cycle")
  func fullCycle() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    var client = try TCPStream(connectingTo: try listener.localAddress)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    try loop.registry.register(&client, token: 2, interests: .readable)
    try loop.expect(1, .readable)
    let accepted = try ready(listener.accept())
    #expect(try accepted.stream.write([7].span) == 1)
    try loop.expect(2, .readable)
    #expect(try client.readFully(1) == [7])
    try loop.registry.reregister(&client, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    try loop.registry.deregister(&listener)
    try loop.registry.deregister(&client)
    try loop.expectQuiet(.milliseconds(100))
  }

  @Test("REG-19 Bytes that waited before the registration are reported by the first poll")
  func reportsWaitingBytes() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try ends.client.writeFully([1])
    try ends.server.waitForData()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    try expectAtOnce(1, .readable, &loop)
  }

  @Test("REG-19 A connection that waited before the registration is reported by the first poll")
  func reportsWaitingConnection() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    let second = try TCPStream(connectingTo: try ends.listener.localAddress)
    try pause(.milliseconds(50))
    try loop.registry.register(&ends.listener, token: 2, interests: .readable)
    try expectAtOnce(2, .readable, &loop)
    let accepted = try ready(ends.listener.accept())
    #expect(try accepted.peerAddress == second.localAddress)
  }

  @Test("REG-19 Space for writing that was there before the registration is reported by the first poll")
  func reportsWaitingSpace() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 3, interests: .writable)
    try expectAtOnce(3, .writable, &loop)
  }

  /// Expects that one poll, which does not wait, delivers exactly one event.
  private func expectAtOnce(_ token: Token, _ flags: Flags, _ loop: inout Loop) throws(IOError) {
    let batch = try loop.wait(.zero)
    #expect(batch.map(\.token) == [token] && batch.map { Flags($0) } == [flags], "\(batch)")
  }
}

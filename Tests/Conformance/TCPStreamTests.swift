import MetalCore
import Testing

@Suite("TCP: streams", .backend)
struct TCPStreamTests {
  @Test("TCP-11 A connection is reported once as writable, and once as readable when the server closes it")
  func connectThenClose() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop()
    var client = try TCPStream(connectingTo: try listener.localAddress)
    try loop.registry.register(&client, token: 1, interests: [.readable, .writable])
    let connected = try loop.firstEvents()
    #expect(connected.map(\.token) == [1])
    #expect(connected.first?.isWritable == true)
    #expect(connected.first?.isReadable == false)
    try loop.expectQuiet()

    let accepted = try listener.acceptWhenReady()
    try accepted.stream.close()
    let closed = try loop.firstEvents()
    #expect(closed.map(\.token) == [1])
    #expect(closed.first?.isReadable == true)
    #expect(closed.first?.isReadClosed == true)
    try loop.expectQuiet()
    #expect(try client.readOnce() == [])
  }

  @Test("TCP-12 After its writable event, a stream without a pending error is connected")
  func connectRecipe() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    var loop = try Loop()
    var client = try TCPStream(connectingTo: address)
    expectPeerAddress(of: client, orNotConnected: address)
    try loop.registry.register(&client, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    #expect(try client.takePendingError() == nil)
    #expect(try client.peerAddress == address)
  }

  @Test("TCP-13 A stream over IPv4 gets back from an echo server what it wrote, one buffer or several")
  func echoOverIPv4() throws(IOError) {
    let peer = try EchoPeer(anyPort)
    let client = try TCPStream(connectingTo: peer.address)
    #expect(try client.localAddress.isLoopback)
    try expectEchoes(on: client, from: peer)
  }

  @Test("TCP-14 A stream over IPv6 gets back from an echo server what it wrote, one buffer or several")
  func echoOverIPv6() throws(IOError) {
    let peer = try EchoPeer(anyPortV6)
    let client = try TCPStream(connectingTo: peer.address)
    #expect(try client.localAddress.isLoopback)
    try expectEchoes(on: client, from: peer)
  }

  @Test("TCP-30 Both addresses of both ends are known when the first event of each is handled")
  func addressesAtTheFirstEvent() throws(IOError) {
    var listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    var loop = try Loop(watching: &listener, token: 1, interests: .readable)
    var client = try TCPStream(connectingTo: address)
    try loop.registry.register(&client, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    #expect(try client.peerAddress == address)
    let clientAddress = try client.localAddress
    #expect(clientAddress.isLoopback)
    #expect(clientAddress.port != 0)

    // The listener may have been reported together with the client; it is asked for again to be sure.
    try loop.registry.reregister(&listener, token: 1, interests: .readable)
    try loop.expect(1, .readable)
    var accepted = try ready(listener.accept())
    try loop.registry.register(&accepted.stream, token: 3, interests: .writable)
    try loop.expect(3, .writable)
    #expect(try accepted.stream.localAddress == address)
    #expect(try accepted.stream.peerAddress == clientAddress)
  }

  @Test("TCP-33 Dropping a registered stream ends the connection for its peer")
  func dropOfARegisteredStream() throws(IOError) {
    let ends = try Connected()
    let peer = ends.server
    var loop = try Loop()
    let start = now()
    try registerAndDrop(ends.client, with: loop.registry)
    #expect(try peer.readFully(1) == [])
    #expect(now() - start < .seconds(5))
    try loop.expectQuiet()
  }

  @Test("Dropping an optional that holds a stream, or what a slab gave back, ends the connection")
  func dropOfAnOptional() throws(IOError) {
    let first = try Connected()
    let second = try Connected()
    var optional = Optional(first.client)
    var slab = Slab<TCPStream>()
    let token = slab.insert(second.client)
    let removed = slab.remove(token)
    #expect((optional == nil) == false)
    #expect((removed == nil) == false)
    optional = nil
    drop(removed)
    #expect(try first.server.readFully(1) == [])
    #expect(try second.server.readFully(1) == [])
  }

  @Test("Dropping a whole slab of streams ends their connections")
  func dropOfASlab() throws(IOError) {
    let ends = try Connected()
    var slab = Slab<TCPStream>()
    _ = slab.insert(ends.client)
    drop(slab)
    #expect(try ends.server.readFully(1) == [])
  }

  @Test("Dropping the last reference to an object that holds a stream ends the connection")
  func dropOfAnObject() throws(IOError) {
    let ends = try Connected()
    var object = Optional(Shared(ends.client))
    #expect(try object?.value.option(.noDelay) == false)
    object = nil
    #expect(try ends.server.readFully(1) == [])
  }

  @Test("TCP-27 A client hears of it when its accepted stream was registered and dropped at once")
  func dropOfAnAcceptedStream() throws(IOError) {
    var listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop(watching: &listener, token: 1, interests: .readable)
    var client = try TCPStream(connectingTo: try listener.localAddress)
    try loop.registry.register(&client, token: 2, interests: .readable)
    try loop.expect(1, .readable)
    let accepted = try ready(listener.accept())
    try registerAndDrop(accepted.stream, with: loop.registry)
    try loop.expect(2, .readable)
    #expect(try client.readOnce() == [])
  }

  @Test(
    "A refused connection is reported as an event, with the pending error that says so",
    .enabled(if: !Backend.isWine, "Wine 8 does not clear a pending error, and no read returns the error."))
  func refusal() throws(IOError) {
    // Nobody can listen where a connected socket is bound, and nobody does.
    let ends = try Connected()
    let nobody = try ends.client.localAddress
    var loop = try Loop()
    // The system may know it at once, as `init(connectingTo:)` says.
    guard var stream = try connectUnlessRefused(to: nobody) else { return }
    try loop.registry.register(&stream, token: 1, interests: .writable)
    try loop.expect(1, [.writable, .writeClosed, .error])
    #expect(try stream.takePendingError()?.kind == .connectionRefused)
    #expect(try stream.takePendingError() == nil)
    expectError(.notConnected) { () throws(IOError) in try stream.peerAddress }
  }

  @Test("Closing a stream explicitly ends the connection and the registration")
  func explicitClose() throws(IOError) {
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: .readable)
    let server = ends.server
    try ends.client.close()
    #expect(try server.readFully(1) == [])
    try loop.expectQuiet()
  }

  private func expectPeerAddress(of stream: borrowing TCPStream, orNotConnected address: SocketAddress) {
    do throws(IOError) {
      #expect(try stream.peerAddress == address)
    } catch {
      #expect(error.kind == .notConnected)
    }
  }
}

/// Registers a stream for both directions under token 3, and drops it.
private func registerAndDrop(_ stream: consuming TCPStream, with registry: Registry) throws(IOError) {
  try registry.register(&stream, token: 3, interests: [.readable, .writable])
}

/// Starts to connect; `nil` if the system refuses at once.
private func connectUnlessRefused(to address: SocketAddress) throws(IOError) -> TCPStream? {
  do throws(IOError) {
    return try TCPStream(connectingTo: address)
  } catch .connectionRefused {
    return nil
  }
}

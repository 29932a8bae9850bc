import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("TCP: descriptors", .backend)
struct TCPDescriptorTests {
  @Test(
    "TCP-01, TCP-02 A listener, and what it accepts, is non-blocking and close-on-exec",
    arguments: [anyPort, anyPortV6])
  func flagsOfAListener(address: SocketAddress) throws(IOError) {
    let listener = try TCPListener(bindingTo: address)
    expectLibraryFlags(listener.rawDescriptor)
    try expectAcceptance(by: listener) { accepted, connected throws(IOError) in
      expectLibraryFlags(accepted.rawDescriptor)
      expectLibraryFlags(connected.rawDescriptor)
    }
  }

  @Test("TCP-03 A listener made elsewhere keeps its flags when it is wrapped, and accepts like any other")
  func foreignListener() throws(IOError) {
    let descriptor = try checked(system_listener(16))
    let listener: TCPListener = try wrap(descriptor)
    let flags = DescriptorFlags(of: descriptor)
    try expectAcceptance(by: listener) { accepted, _ throws(IOError) in
      // What it accepts is the library's own.
      expectLibraryFlags(accepted.rawDescriptor)
      #expect(DescriptorFlags(of: descriptor) == flags)
    }
  }

  #if !METAL_WINDOWS
  @Test("TCP-03 Wrapping does not make a blocking descriptor non-blocking")
  func wrappingChangesNothing() throws(IOError) {
    let descriptor = try checked(system_listener(16))
    let flags = DescriptorFlags(of: descriptor)
    #expect(!flags.isNonBlocking)
    let listener = TCPListener(adopting: OwnedDescriptor(adopting: descriptor))
    #expect(DescriptorFlags(of: descriptor) == flags)
    let again = listener.releaseDescriptor()
    #expect(DescriptorFlags(of: again.rawDescriptor) == flags)
  }
  #endif

  @Test("TCP-05 A listener whose descriptor was taken out and wrapped again is the same socket")
  func listenerTakenOutAndWrappedAgain() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let descriptor = listener.rawDescriptor
    let address = try listener.localAddress
    let flags = DescriptorFlags(of: descriptor)
    let owned = listener.releaseDescriptor()
    #expect(owned.rawDescriptor == descriptor)
    #expect(DescriptorFlags(of: descriptor) == flags)
    let number = owned.release()
    #expect(number == descriptor)
    #expect(DescriptorFlags(of: descriptor) == flags)

    let again = TCPListener(adopting: OwnedDescriptor(adopting: number))
    #expect(again.rawDescriptor == descriptor)
    #expect(try again.localAddress == address)
    try expectAcceptance(by: again)
  }

  @Test("TCP-05 A stream whose descriptor was taken out and wrapped again is the same socket")
  func streamTakenOutAndWrappedAgain() throws(IOError) {
    let ends = try Connected()
    let (client, server) = (ends.client.rawDescriptor, ends.server.rawDescriptor)
    #expect(client != server)
    let address = try ends.client.localAddress
    let peerAddress = try ends.client.peerAddress
    let peer = ends.server
    var loop = try Loop()
    var stream = ends.client
    // A registration that has ended is no obstacle.
    try loop.registry.register(&stream, token: 1, interests: .readable)
    try loop.registry.deregister(&stream)
    let number = stream.releaseDescriptor().release()
    #expect(number == client)

    var again = TCPStream(adopting: OwnedDescriptor(adopting: number))
    #expect(again.rawDescriptor == client)
    #expect(try again.localAddress == address)
    #expect(try again.peerAddress == peerAddress)
    try loop.registry.register(&again, token: 2, interests: .readable)
    try peer.writeFully([1, 2, 3])
    try loop.expect(2, .readable)
    #expect(try again.readOnce() == [1, 2, 3])
  }

  @Test("TCP-13 A stream that connects is non-blocking and close-on-exec from the start")
  func flagsOfAStream() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let stream = try TCPStream(connectingTo: try listener.localAddress)
    expectLibraryFlags(stream.rawDescriptor)
    let flags = DescriptorFlags(of: stream.rawDescriptor)
    let accepted = try listener.acceptWhenReady()
    #expect(DescriptorFlags(of: stream.rawDescriptor) == flags)
    expectLibraryFlags(accepted.stream.rawDescriptor)
  }

  @Test("TCP-14 A connected stream made elsewhere keeps its flags when it is wrapped, and echoes like any other")
  func foreignStream() throws(IOError) {
    let peer = try EchoPeer()
    let stream: TCPStream = try wrap(checked(system_connection(peer.address.port)))
    #expect(try stream.localAddress.isLoopback)
    try expectEchoes(on: stream, from: peer)
  }

  @Test("TCP-11, TCP-12 A connection that the server keeps waiting is under way: no event, no error, no peer yet")
  func connectionUnderWay() throws(IOError) {
    // A queue for one connection: the second has to wait until the first was accepted.
    let listener: TCPListener = try wrap(checked(system_listener(0)))
    let address = try listener.localAddress
    let first = try TCPStream(connectingTo: address)
    #expect(try first.peerAddress == address)

    var loop = try Loop()
    let start = now()
    var second = try TCPStream(connectingTo: address)
    #expect(now() - start < .seconds(2))
    try loop.registry.register(&second, token: 1, interests: [.readable, .writable])
    try loop.expectQuiet()
    #expect(try second.takePendingError() == nil)
    expectError(.notConnected) { () throws(IOError) in try second.peerAddress }
    #expect(try second.localAddress.isLoopback)

    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.peerAddress == first.localAddress)
    // The system tries again after a second.
    var events: [Event] = []
    try loop.run { (batch: borrowing Events) throws(IOError) in
      for index in batch.indices { events.append(batch[index]) }
      return !events.isEmpty
    }
    #expect(events.map(\.token) == [1])
    #expect(events.first?.isWritable == true)
    #expect(try second.takePendingError() == nil)
    #expect(try second.peerAddress == address)
  }

  @Test("TCP-35 A listener and a stream are no larger than two 32-bit words", .enabled(if: Backend.hasSmallSources))
  func layout() {
    #expect(MemoryLayout<TCPListener>.size <= 8)
    #expect(MemoryLayout<TCPStream>.size <= 8)
  }
}

import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("UDP: descriptors", .backend)
struct UDPDescriptorTests {
  @Test("UDP-01 A socket is non-blocking and close-on-exec, on IPv4 and IPv6", arguments: [anyPort, anyPortV6])
  func flags(address: SocketAddress) throws(IOError) {
    let pair = try UDPPair(address)
    for descriptor in [pair.first.rawDescriptor, pair.second.rawDescriptor] {
      let flags = DescriptorFlags(of: descriptor)
      #expect(flags.isOpen && flags.isNonBlocking && flags.isCloseOnExec)
    }
    try pair.first.connect(to: try pair.second.localAddress)
    let flags = DescriptorFlags(of: pair.first.rawDescriptor)
    #expect(flags.isOpen && flags.isNonBlocking && flags.isCloseOnExec)
  }

  @Test(
    "UDP-02 Sockets made elsewhere keep their flags when they are wrapped, and exchange datagrams like any other",
    arguments: [AF_INET, AF_INET6])
  func foreignSockets(family: Int32) throws(IOError) {
    try expectLoopbackExchange(
      wrap(checked(system_bound_datagram_socket(family))), wrap(checked(system_bound_datagram_socket(family))),
      isConnected: false)
  }

  @Test(
    "UDP-03 Sockets made elsewhere, wrapped and connected to each other exchange datagrams without addresses",
    arguments: [AF_INET, AF_INET6])
  func foreignConnectedSockets(family: Int32) throws(IOError) {
    let first: UDPSocket = try wrap(checked(system_bound_datagram_socket(family)))
    let second: UDPSocket = try wrap(checked(system_bound_datagram_socket(family)))
    try first.connect(to: try second.localAddress)
    try second.connect(to: try first.localAddress)
    try expectLoopbackExchange(first, second, isConnected: true)
  }

  #if !METAL_WINDOWS
  @Test("UDP-02 Wrapping does not make a blocking descriptor non-blocking")
  func wrappingChangesNothing() throws(IOError) {
    let descriptor = try checked(system_bound_datagram_socket(AF_INET))
    let flags = DescriptorFlags(of: descriptor)
    #expect(!flags.isNonBlocking && !flags.isCloseOnExec)
    let socket = UDPSocket(adopting: OwnedDescriptor(adopting: descriptor))
    #expect(DescriptorFlags(of: descriptor) == flags)
    let again = socket.releaseDescriptor()
    #expect(DescriptorFlags(of: again.rawDescriptor) == flags)
  }
  #endif

  @Test("UDP-13 A socket whose descriptor was taken out and wrapped again is the same socket")
  func takenOutAndWrappedAgain() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    let peer = pair.first
    var socket = pair.second
    let descriptor = socket.rawDescriptor
    let (address, peerAddress) = try (socket.localAddress, socket.peerAddress)
    let flags = DescriptorFlags(of: descriptor)
    var loop = try Loop()
    // A registration that has ended is no obstacle.
    try loop.registry.register(&socket, token: 1, interests: .readable)
    try loop.registry.deregister(&socket)
    let owned = socket.releaseDescriptor()
    #expect(owned.rawDescriptor == descriptor)
    let number = owned.release()
    #expect(number == descriptor)
    #expect(DescriptorFlags(of: descriptor) == flags)

    var again = UDPSocket(adopting: OwnedDescriptor(adopting: number))
    #expect(again.rawDescriptor == descriptor)
    #expect(try again.localAddress == address)
    #expect(try again.peerAddress == peerAddress)
    try loop.registry.register(&again, token: 2, interests: .readable)
    #expect(try peer.send([1, 2, 3].span) == 3)
    try loop.expect(2, .readable)
    #expect(try again.receiveNow() == ReceivedBytes(bytes: [1, 2, 3], source: peerAddress))
  }

  @Test("UDP-17 A socket is no larger than two 32-bit words", .enabled(if: Backend.hasSmallSources))
  func layout() {
    #expect(MemoryLayout<UDPSocket>.size <= 8)
  }

  @Test("UDP-18 Whether an IPv6 socket serves IPv6 only is what the system is set to")
  func ipv6OnlyByDefault() throws(IOError) {
    let socket = try UDPSocket(bindingTo: SocketAddress(IPv6Address.unspecified, port: 0))
    let raw = try opened(system_datagram_socket(AF_INET6))
    let expected = try rawOption(system_level_ipv6, IPV6_V6ONLY, of: raw.rawDescriptor)
    #expect(try socket.option(.ipv6Only) == (expected != 0))
    #expect(try rawOption(system_level_ipv6, IPV6_V6ONLY, of: socket.rawDescriptor) == expected)
  }

  @Test("A datagram reaches everyone on the loopback's broadcast address once broadcast is on")
  func broadcast() throws(IOError) {
    let receiver = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0))
    let sender = try UDPSocket(bindingTo: anyPort)
    try sender.setOption(.broadcast, to: true)
    let everyone = SocketAddress(IPv4Address(127, 255, 255, 255), port: try receiver.localAddress.port)
    #expect(try sender.send([1, 2].span, to: everyone) == 2)
    let expected = ReceivedBytes(bytes: [1, 2], source: try sender.localAddress)
    #expect(try receiver.receiveWhenReady() == expected)
  }

  #if !METAL_WINDOWS
  @Test("A thousand sockets leave no descriptor behind, dropped or closed, registered or not")
  func leaks() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let poll = try Poll()
      let before = openDescriptors()
      for round in 0..<1_000 {
        var socket = try UDPSocket(bindingTo: round % 5 == 0 ? anyPortV6 : anyPort)
        if round % 2 == 0 { try poll.registry.register(&socket, token: 1, interests: .writable) }
        if round % 3 == 0 { try socket.close() }
      }
      expectOpen(before)
    }
  }

  @Test("A socket that cannot be made, bound or set up leaves no descriptor behind")
  func leaksOfFailures() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      try expectNoLeaksOfFailures()
    }
  }
  #endif
}

#if !METAL_WINDOWS
private func expectNoLeaksOfFailures() throws(IOError) {
  let socket = try UDPSocket(bindingTo: anyPort)
  let listener = try TCPListener(bindingTo: anyPort)
  let (address, listenerAddress) = try (socket.localAddress, listener.localAddress)
  let needed = descriptorsNeeded { () throws(IOError) in try UDPSocket(bindingTo: anyPort) }
  #expect(needed == 1)
  expectNoLeak(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: address) }
  expectNoLeak(.addressInUse) { () throws(IOError) in
    try TCPStream(connectingTo: listenerAddress, from: listenerAddress)
  }
  expectNoLeak(.invalidInput) { () throws(IOError) in
    try UDPSocket(bindingTo: anyPort, options: [.sendBufferSize(-1)])
  }
  expectNoLeak(.invalidInput) { () throws(IOError) in
    try TCPListener(bindingTo: anyPort, options: [.sendBufferSize(-1)])
  }
  expectNoLeak(.invalidInput) { () throws(IOError) in
    try TCPStream(connectingTo: listenerAddress, options: [.sendBufferSize(-1)])
  }
}
#endif

import CSystem
import MetalCore
import MetalSystem
import Testing

/// The ports of streams that are bound before they connect.
@Suite("TCP: local ports", .backend)
struct LocalPortTests {
  @Test("TCP-38 A stream's port is chosen when it connects, if the system can", arguments: [anyPort, anyPortV6])
  func chosenByConnecting(address: SocketAddress) throws(IOError) {
    let kernel = SystemKernel()
    let listener = try TCPListener(bindingTo: address)
    let owner = OwnedDescriptor(adopting: try kernel.openSocket(address.family, .stream))
    let descriptor = owner.rawDescriptor
    try kernel.bindToConnect(descriptor, to: address)
    #expect(try rawOption(system_level_ip, IP_BIND_ADDRESS_NO_PORT, of: descriptor) == 1)
    let bound: SocketAddress = try kernel.localAddress(of: descriptor)
    #expect(bound == address)
    try kernel.connect(descriptor, to: try listener.localAddress)
    let connected: SocketAddress = try kernel.localAddress(of: descriptor)
    #expect(connected.port != 0)

    let stream = try TCPStream(connectingTo: try listener.localAddress, from: address)
    #expect(try rawOption(system_level_ip, IP_BIND_ADDRESS_NO_PORT, of: stream.rawDescriptor) == 1)
    #expect(try stream.localAddress.isLoopback)
    #expect(try stream.localAddress.port != 0)
  }

  @Test("TCP-38 Listeners, UDP sockets and streams that name a port have it when they are bound")
  func chosenByBinding() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try rawOption(system_level_ip, IP_BIND_ADDRESS_NO_PORT, of: listener.rawDescriptor) == 0)
    #expect(try rawOption(system_level_ip, IP_BIND_ADDRESS_NO_PORT, of: socket.rawDescriptor) == 0)
    let kernel = SystemKernel()
    let owner = OwnedDescriptor(adopting: try kernel.openSocket(.ipv4, .stream))
    let port = try freePort()
    try kernel.bindToConnect(owner.rawDescriptor, to: SocketAddress(IPv4Address.loopback, port: port))
    #expect(try rawOption(system_level_ip, IP_BIND_ADDRESS_NO_PORT, of: owner.rawDescriptor) == 0)
    let bound: SocketAddress = try kernel.localAddress(of: owner.rawDescriptor)
    #expect(bound.port == port)
  }

  /// A port that is free, save by a coincidence.
  private func freePort() throws(IOError) -> UInt16 {
    try TCPListener(bindingTo: anyPort).localAddress.port
  }

  @Test(
    "TCP-38 Streams to different destinations share ports; without a port left, the address is not available",
    .enabled(if: PrivateNetwork.isPermitted, "A network of one's own takes CAP_SYS_ADMIN."))
  func sharedPorts() async {
    await #expect(processExitsWith: .success) {
      try checked(system_enter_network(40_000, 40_009))
      try expectSharedPorts { SocketAddress(IPv4Address.loopback, port: $0) }
      try expectSharedPorts { SocketAddress(IPv6Address.loopback, port: $0) }
    }
  }

  @Test(
    "TCP-38 Without a port left to choose, binding says that the address is not available",
    .enabled(if: PrivateNetwork.isPermitted, "A network of one's own takes CAP_SYS_ADMIN."))
  func noPorts() async {
    await #expect(processExitsWith: .success) {
      try checked(system_enter_network(40_000, 40_003))
      var sockets: [OwnedSocket] = []
      for _ in 0..<4 {
        sockets.append(try OwnedSocket(UDPSocket(bindingTo: anyPort), TCPListener(bindingTo: anyPort)))
      }
      expectError(.addressNotAvailable) { () throws(IOError) in try UDPSocket(bindingTo: anyPort) }
      expectError(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: anyPort) }
      // One that is named and taken is in use.
      let (udp, tcp) = try (sockets[0].socket.localAddress, sockets[0].listener.localAddress)
      expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: udp) }
      expectError(.addressInUse) { () throws(IOError) in try TCPListener(bindingTo: tcp) }
    }
  }
}

/// Two sockets in one object, which an array can hold.
private final class OwnedSocket {
  let socket: UDPSocket
  let listener: TCPListener

  init(_ socket: consuming UDPSocket, _ listener: consuming TCPListener) {
    self.socket = socket
    self.listener = listener
  }
}

/// Connects ten streams to each of two listeners, where the system has ten ports.
private func expectSharedPorts(_ at: (UInt16) -> SocketAddress) throws(IOError) {
  var destinations = Slab<TCPListener>()
  var streams = Slab<TCPStream>()
  for port: UInt16 in [50_000, 50_001] {
    _ = destinations.insert(try TCPListener(bindingTo: at(port)))
    var ports: Set<UInt16> = []
    for _ in 0..<10 {
      let stream = try TCPStream(connectingTo: at(port), from: at(0))
      ports.insert(try stream.localAddress.port)
      _ = streams.insert(stream)
    }
    #expect(ports == Set(40_000...40_009))
    let (destination, local) = (at(port), at(0))
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPStream(connectingTo: destination, from: local) }
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPStream(connectingTo: destination) }
  }
}

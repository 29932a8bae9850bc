import CSystem
import MetalCore
import MetalSystem
import Testing

/// The options of an IPv6 socket that also carries IPv4, as packets have them: Linux keeps IPv4's and IPv6's apart.
@Suite("IPv6 sockets that carry IPv4: options on packets", .backend)
struct DualStackTests {
  @Test("UDP-21 The hop limit of an IPv6 socket that carries IPv4 is on the packets of both")
  func datagrams() throws(IOError) {
    let socket = try UDPSocket(bindingTo: everywhere, options: [.ipv6Only(false)])
    let receiver = try UDPSocket(bindingTo: anyPort)
    try Hops.report(on: receiver.rawDescriptor)
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: try receiver.localAddress.port)
    for hops in [9, 1, 200] {
      try socket.setOption(.hopLimit, to: hops)
      _ = try socket.send([1].span, to: mapped)
      _ = try receiver.receiveWhenReady(.peek)
      #expect(try Hops.received(on: receiver.rawDescriptor) == Int32(hops))
      #expect(try rawOption(system_level_ipv6, IPV6_UNICAST_HOPS, of: socket.rawDescriptor) == Int32(hops))
    }
    // A value that is refused changes neither.
    expectError(.invalidInput) { () throws(IOError) in try socket.setOption(.hopLimit, to: 256) }
    #expect(try rawOption(system_level_ip, IP_TTL, of: socket.rawDescriptor) == 200)
    #expect(try rawOption(system_level_ipv6, IPV6_UNICAST_HOPS, of: socket.rawDescriptor) == 200)
  }

  @Test("UDP-21 The options for IPv4 multicast of such a socket are on what it sends to IPv4 groups")
  func multicast() throws(IOError) {
    let group = IPv4Address(227, 1, 1, 121)
    let receiver = try UDPSocket(bindingTo: SocketAddress(group, port: 0))
    try receiver.join(.v4(group, interface: .loopback))
    try Hops.report(on: receiver.rawDescriptor)
    let socket = try UDPSocket(bindingTo: everywhere, options: [.ipv6Only(false)])
    try socket.setOption(.multicastInterfaceV4, to: .loopback)
    #expect(try socket.option(.multicastInterfaceV4) == .loopback)
    let mapped = SocketAddress(IPv6Address(mapping: group), port: try receiver.localAddress.port)
    for hops in [7, 0] {
      try socket.setOption(.multicastHopLimitV4, to: hops)
      // Those for IPv6, and for single receivers, are others.
      try socket.setOption(.multicastHopLimitV6, to: 33)
      try socket.setOption(.hopLimit, to: 44)
      _ = try socket.send([1].span, to: mapped)
      _ = try receiver.receiveWhenReady(.peek)
      #expect(try Hops.received(on: receiver.rawDescriptor) == Int32(hops))
    }
    // The loopback interface brings every packet back, so that the loop shows in the option alone.
    try socket.setOption(.multicastLoopbackV4, to: false)
    #expect(try rawOption(system_level_ip, IP_MULTICAST_LOOP, of: socket.rawDescriptor) == 0)
    #expect(try rawOption(system_level_ipv6, IPV6_MULTICAST_LOOP, of: socket.rawDescriptor) == 1)
  }

  @Test("UDP-21 A stream of IPv6 that is connected to an IPv4 peer sends with the hop limit that was set")
  func connectedStream() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: try listener.localAddress.port)
    let client = try TCPStream(connectingTo: mapped, options: [.ipv6Only(false)])
    let accepted = try listener.acceptWhenReady()
    try client.setOption(.hopLimit, to: 200)
    // Only packets that have as many hops arrive now.
    try Hops.require(200, on: accepted.stream.rawDescriptor)
    try client.writeFully([1, 2, 3])
    #expect(try accepted.stream.readFully(3) == [1, 2, 3])
    #expect(try rawOption(system_level_ip, IP_TTL, of: client.rawDescriptor) == 200)
    #expect(try client.option(.hopLimit) == 200)
  }

  @Test("UDP-21 A stream that an IPv6 listener accepts from IPv4 has the listener's hop limit, or its own")
  func acceptedStream() throws(IOError) {
    let listener = try TCPListener(bindingTo: everywhere, options: [.ipv6Only(false)])
    try listener.setOption(.hopLimit, to: 200)
    let here = SocketAddress(IPv4Address.loopback, port: try listener.localAddress.port)
    let client = try TCPStream(connectingTo: here)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.stream.option(.hopLimit) == 200)
    try Hops.require(200, on: client.rawDescriptor)
    try accepted.stream.writeFully([1, 2])
    #expect(try client.readFully(2) == [1, 2])
    try accepted.stream.setOption(.hopLimit, to: 255)
    try Hops.require(255, on: client.rawDescriptor)
    try accepted.stream.writeFully([3])
    #expect(try client.readFully(1) == [3])
  }

  private var everywhere: SocketAddress { SocketAddress(IPv6Address.unspecified, port: 0) }
}

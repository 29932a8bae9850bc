import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("Socket options, as the system has them", .backend)
struct SocketOptionSystemTests {
  #if !METAL_WINDOWS
  @Test("Every option reaches the system under its own name, on every kind of socket")
  func names() throws(IOError) {
    let options = shared(of: SocketKind.Stream.self) + [.linger(.seconds(7)), .keepAlive(true)]
    let listener = try TCPListener(bindingTo: anyPort, options: options)
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
    let socket = try UDPSocket(bindingTo: anyPort, options: shared(of: SocketKind.Datagram.self))
    // The library has no such keys for UDP sockets. The system has the options there too, so its kernel is asked.
    try SystemKernel().setOption(.linger, of: socket.rawDescriptor, to: 7)
    try SystemKernel().setOption(.keepAlive, of: socket.rawDescriptor, to: 1)
    for descriptor in [listener.rawDescriptor, stream.rawDescriptor, socket.rawDescriptor] {
      #expect(try rawOption(SOL_SOCKET, SO_REUSEADDR, of: descriptor) != 0)
      #expect(try rawOption(SOL_SOCKET, SO_REUSEPORT, of: descriptor) != 0)
      // Linux reserves twice the number: socket(7).
      #expect(try rawOption(SOL_SOCKET, SO_SNDBUF, of: descriptor) == 40_000)
      #expect(try rawOption(SOL_SOCKET, SO_RCVBUF, of: descriptor) == 60_000)
      #expect(try rawOption(SOL_SOCKET, SO_KEEPALIVE, of: descriptor) != 0)
      let linger = try rawLinger(of: descriptor)
      #expect(linger.isOn && linger.seconds == 7)
    }
  }

  /// The options that every Internet socket's type has.
  private func shared<Kind>(of kind: Kind.Type) -> [SocketSetting<Kind, SocketAddress>] {
    [.reuseAddress(true), .reusePort(true), .sendBufferSize(20_000), .receiveBufferSize(30_000)]
  }

  @Test("Without options the system's own settings stand, but for the listener's address")
  func defaults() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let stream = try TCPStream(connectingTo: try listener.localAddress)
    let socket = try UDPSocket(bindingTo: anyPort)
    let rawStream = try opened(system_stream_socket(AF_INET))
    let rawDatagram = try opened(system_datagram_socket(AF_INET))
    #expect(try rawOption(SOL_SOCKET, SO_REUSEADDR, of: listener.rawDescriptor) != 0)
    #expect(try rawOption(SOL_SOCKET, SO_REUSEADDR, of: stream.rawDescriptor) == 0)
    #expect(try rawOption(SOL_SOCKET, SO_REUSEADDR, of: socket.rawDescriptor) == 0)
    for (descriptor, plain) in [
      (listener.rawDescriptor, rawStream.rawDescriptor), (stream.rawDescriptor, rawStream.rawDescriptor),
      (socket.rawDescriptor, rawDatagram.rawDescriptor),
    ] {
      for option in [SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST] {
        #expect(try rawOption(SOL_SOCKET, option, of: descriptor) == rawOption(SOL_SOCKET, option, of: plain))
        #expect(try rawOption(SOL_SOCKET, option, of: descriptor) == 0)
      }
      #expect(try rawLinger(of: descriptor).isOn == false)
    }
    for option in [SO_SNDBUF, SO_RCVBUF] {
      let size = try rawOption(SOL_SOCKET, option, of: rawDatagram.rawDescriptor)
      #expect(try rawOption(SOL_SOCKET, option, of: socket.rawDescriptor) == size)
    }
  }
  #endif

  @Test(
    "The probes of an idle connection reach the system, each under its own name",
    .enabled(if: !Backend.isWine, "Wine 8 lacks the options."))
  func keepAlive() throws(IOError) {
    let options: [SocketSetting<SocketKind.Stream, SocketAddress>] = [
      .keepAlive(true), .keepAliveIdle(.seconds(61)), .keepAliveInterval(.milliseconds(10_500)), .keepAliveProbes(5),
    ]
    let listener = try TCPListener(bindingTo: anyPort, options: options)
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
    for descriptor in [listener.rawDescriptor, stream.rawDescriptor] {
      #expect(try rawOption(SOL_SOCKET, SO_KEEPALIVE, of: descriptor) != 0)
      #expect(try rawOption(system_level_tcp, TCP_KEEPIDLE, of: descriptor) == 61)
      #expect(try rawOption(system_level_tcp, TCP_KEEPINTVL, of: descriptor) == 11)
      #expect(try rawOption(system_level_tcp, TCP_KEEPCNT, of: descriptor) == 5)
    }
    // More probes than the system counts.
    expectError(.invalidInput) { () throws(IOError) in
      try TCPListener(bindingTo: anyPort, options: [.keepAliveProbes(128)])
    }
  }

  #if !METAL_WINDOWS
  @Test("TCP-42 The backlog is 1,024, or what was asked for, unless the system caps it")
  func backlog() throws(IOError) {
    let most = try rawBacklog(of: TCPListener(bindingTo: anyPort, backlog: .max))
    #expect(try rawBacklog(of: TCPListener(bindingTo: anyPort)) == min(1024, most))
    for backlog in [0, 1, 77] {
      #expect(try rawBacklog(of: TCPListener(bindingTo: anyPort, backlog: backlog)) == backlog)
    }
  }
  #endif

  @Test("UDP-25 What is set on a UDP socket reaches the system, each under its own name")
  func datagramOptions() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    let descriptor = socket.rawDescriptor
    try socket.setOption(.hopLimit, to: 33)
    try socket.setOption(.multicastHopLimitV4, to: 44)
    try socket.setOption(.multicastLoopbackV4, to: false)
    try socket.setOption(.broadcast, to: true)
    try socket.setOption(.multicastInterfaceV4, to: .loopback)
    #expect(try rawOption(system_level_ip, IP_TTL, of: descriptor) == 33)
    #expect(try rawOption(system_level_ip, IP_MULTICAST_TTL, of: descriptor) == 44)
    #expect(try rawOption(system_level_ip, IP_MULTICAST_LOOP, of: descriptor) == 0)
    #expect(try rawOption(SOL_SOCKET, SO_BROADCAST, of: descriptor) != 0)
    let interface = UInt32(bitPattern: try rawOption(system_level_ip, IP_MULTICAST_IF, of: descriptor))
    #expect(interface == IPv4Address.loopback.rawValue.bigEndian)

    let socketV6 = try UDPSocket(bindingTo: anyPortV6)
    let descriptorV6 = socketV6.rawDescriptor
    try socketV6.setOption(.hopLimit, to: 55)
    try socketV6.setOption(.multicastHopLimitV6, to: 66)
    try socketV6.setOption(.multicastLoopbackV6, to: false)
    try socketV6.setOption(.multicastInterfaceV6, to: Backend.loopbackInterface)
    #expect(try rawOption(system_level_ipv6, IPV6_UNICAST_HOPS, of: descriptorV6) == 55)
    #expect(try rawOption(system_level_ipv6, IPV6_MULTICAST_HOPS, of: descriptorV6) == 66)
    #expect(try rawOption(system_level_ipv6, IPV6_MULTICAST_LOOP, of: descriptorV6) == 0)
    #expect(try rawOption(system_level_ipv6, IPV6_MULTICAST_IF, of: descriptorV6) == Int32(Backend.loopbackInterface))
  }
}

#if !METAL_WINDOWS
private func rawLinger(of descriptor: Int32) throws(IOError) -> (isOn: Bool, seconds: Int32) {
  var (isOn, seconds) = (false, Int32(0))
  // Safety: the call writes two values.
  try checked(unsafe system_get_linger(descriptor, &isOn, &seconds))
  return (isOn, seconds)
}

/// How many connections may wait to be accepted.
private func rawBacklog(of listener: borrowing TCPListener) throws(IOError) -> Int {
  Int(try checked(system_backlog(listener.rawDescriptor)))
}
#endif

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// S24: a socket that connects to its own address is its own peer.
@Suite("Rules: a connection with itself")
struct SelfConnectionRuleTests {
  /// A socket that connects to its own address, and is watched in both directions.
  private func connect(
    _ node: SimulatedKernel, _ bound: SocketAddress, to target: SocketAddress
  ) throws(IOError) -> WatchedSocket {
    let socket = try node.openSocket(bound.isIPv4 ? .ipv4 : .ipv6, .stream)
    try node.bind(socket, to: bound)
    let watched = try WatchedSocket(socket, on: node)
    try node.connect(socket, to: target)
    return watched
  }

  @Test("S24 It connects with itself, and is told what it has sent", arguments: KernelProfile.both)
  func exchange(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let (any, loopback) = (IPv4Address.unspecified, IPv4Address.loopback)
    let addresses = [
      (SocketAddress(loopback, port: 80), SocketAddress(loopback, port: 80)),
      (SocketAddress(any, port: 81), SocketAddress(any, port: 81)),
      (SocketAddress(any, port: 82), SocketAddress(node.address, port: 82)),
      (SocketAddress(IPv6Address.loopback, port: 83), SocketAddress(IPv6Address.loopback, port: 83)),
    ]
    for (bound, target) in addresses {
      let watched = try connect(node, bound, to: target)
      let socket = watched.descriptor
      #expect(watched.queue.told() == [.write(2, profile.tcpSendBuffer)])
      let (peer, local): (SocketAddress, SocketAddress) = try (
        node.peerAddress(of: socket), node.localAddress(of: socket)
      )
      #expect(peer == local)
      #expect(try node.takePendingError(of: socket) == nil)
      #expect(node.send(socket, 3) == .moved(3))
      #expect(watched.queue.told().contains(.read(1, 3)))
      #expect(node.receive(socket) == .moved(3))
      #expect(node.receive(socket) == .failed(.wouldBlock))
      _ = watched.queue.told()
      try node.shutdown(socket, .write)
      let ends = watched.queue.told()
      #expect(Set(ends) == [.read(1, 0, end: 0), .write(2, profile.tcpSendBuffer, end: 0)])
      #expect(node.receive(socket) == .moved(0))
      #expect(node.send(socket, 1) == .failed(.brokenPipe))
      try node.close(socket)
    }
  }

  @Test("S24 It takes two ways of the latency of the machine with itself", arguments: KernelProfile.both)
  func latency(_ profile: KernelProfile) throws {
    let node = profile.machine()
    node.simulation.setLatency(node, node, to: .milliseconds(2))
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    let watched = try connect(node, address, to: address)
    #expect(watched.queue.wait() == [.write(2, profile.tcpSendBuffer)])
    #expect(node.simulation.now == .milliseconds(4))
    node.send(watched.descriptor, 5)
    #expect(watched.queue.wait() == [.read(1, 5)])
    #expect(node.simulation.now == .milliseconds(6))
  }

  @Test("S24 It fills its own buffers, and drains them", arguments: KernelProfile.both)
  func bulk(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    let watched = try connect(node, address, to: address)
    let socket = watched.descriptor
    var sent = 0
    while case .moved(let count) = node.send(socket, 10_000) { sent += count }
    #expect(sent >= profile.tcpReceiveBuffer)
    var received = 0
    while case .moved(let count) = node.receive(socket), count > 0 { received += count }
    #expect(received == sent)
    #expect(node.send(socket, 1) == .moved(1))
  }

  @Test("S24 Closing it gives its port back, with something unread or unsent, too", arguments: KernelProfile.both)
  func closing(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    for count in [0, 1, 1_000_000] {
      let watched = try connect(node, address, to: address)
      if count > 0 { node.send(watched.descriptor, count) }
      try node.close(watched.descriptor)
      node.simulation.advance(by: .seconds(60))
    }
  }

  @Test("S24 A listener on the port does not get the connection, and another socket's is its own")
  func besideListener() throws {
    let node = KernelProfile.macOS.machine()
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    let listener = try node.openSocket(.ipv4, .stream)
    try node.setOption(.reusePort, of: listener, to: 1)
    try node.bind(listener, to: address)
    try node.listen(listener, backlog: 4)
    let socket = try node.openSocket(.ipv4, .stream)
    try node.setOption(.reusePort, of: socket, to: 1)
    try node.bind(socket, to: address)
    try node.connect(socket, to: address)
    #expect(try node.peerAddress(of: socket) == address)
    expectError(.wouldBlock) { () throws(IOError) in try node.accept(listener) }
    let client = try node.openClient(80)
    let accepted = try node.accept(listener)
    node.send(client, 3)
    #expect(node.receive(accepted) == .moved(3))
    #expect(node.receive(socket) == .failed(.wouldBlock))
  }
}

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// S24: a socket that connects to its own address is its own peer.
@Suite("Rules: a connection with itself")
struct SelfConnectionRuleTests {
  /// A socket that connects to its own address, and is watched in both directions.
  private func connect(
    _ kernel: SimulatedKernel, _ bound: SocketAddress, to target: SocketAddress
  ) throws(IOError) -> WatchedSocket {
    let socket = try kernel.openSocket(bound.isIPv4 ? .ipv4 : .ipv6, .stream)
    try kernel.bind(socket, to: bound)
    let watched = try WatchedSocket(socket, on: kernel)
    try kernel.connect(socket, to: target)
    return watched
  }

  @Test("S24 It connects with itself, and is told what it has sent", arguments: KernelProfile.all)
  func exchange(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let (any, loopback) = (IPv4Address.unspecified, IPv4Address.loopback)
    let addresses = [
      (SocketAddress(loopback, port: 80), SocketAddress(loopback, port: 80)),
      (SocketAddress(any, port: 81), SocketAddress(any, port: 81)),
      (SocketAddress(any, port: 82), SocketAddress(kernel.address, port: 82)),
      (SocketAddress(IPv6Address.loopback, port: 83), SocketAddress(IPv6Address.loopback, port: 83)),
    ]
    for (bound, target) in addresses {
      let watched = try connect(kernel, bound, to: target)
      let socket = watched.descriptor
      #expect(watched.queue.told() == [.write(2, profile.tcp.sendBuffer)])
      let (peer, local): (SocketAddress, SocketAddress) = try (
        kernel.peerAddress(of: socket), kernel.localAddress(of: socket)
      )
      #expect(peer == local)
      #expect(try kernel.takePendingError(of: socket) == nil)
      #expect(kernel.send(socket, 3) == .moved(3))
      #expect(watched.queue.told().contains(.read(1, 3)))
      #expect(kernel.receive(socket) == .moved(3))
      #expect(kernel.receive(socket) == .failed(.wouldBlock))
      _ = watched.queue.told()
      try kernel.shutdown(socket, .write)
      let ends = watched.queue.told()
      #expect(Set(ends) == [.read(1, 0, end: 0), .write(2, profile.tcp.sendBuffer, end: 0)])
      #expect(kernel.receive(socket) == .moved(0))
      #expect(kernel.send(socket, 1) == .failed(.brokenPipe))
      try kernel.close(socket)
    }
  }

  @Test("S24 It takes two ways of the latency of the machine with itself", arguments: KernelProfile.all)
  func latency(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    kernel.simulation.setLatency(kernel.machine, kernel.machine, to: .milliseconds(2))
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    let watched = try connect(kernel, address, to: address)
    #expect(watched.queue.wait() == [.write(2, profile.tcp.sendBuffer)])
    #expect(kernel.simulation.now == .milliseconds(4))
    kernel.send(watched.descriptor, 5)
    #expect(watched.queue.wait() == [.read(1, 5)])
    #expect(kernel.simulation.now == .milliseconds(6))
  }

  @Test("S24 It fills its own buffers, and drains them", arguments: KernelProfile.all)
  func bulk(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    let watched = try connect(kernel, address, to: address)
    let socket = watched.descriptor
    var sent = 0
    while case .moved(let count) = kernel.send(socket, 10_000) { sent += count }
    #expect(sent >= profile.tcp.receiveBuffer)
    var received = 0
    while case .moved(let count) = kernel.receive(socket), count > 0 { received += count }
    #expect(received == sent)
    #expect(kernel.send(socket, 1) == .moved(1))
  }

  @Test("S24 Closing it gives its port back, with something unread or unsent, too", arguments: KernelProfile.all)
  func closing(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    for count in [0, 1, 1_000_000] {
      let watched = try connect(kernel, address, to: address)
      if count > 0 { kernel.send(watched.descriptor, count) }
      try kernel.close(watched.descriptor)
      kernel.simulation.advance(by: .seconds(60))
    }
  }

  @Test("S24 A listener on the port does not get the connection, and another socket's is its own")
  func besideListener() throws(IOError) {
    let kernel = KernelProfile.macOS.machine()
    let address = SocketAddress(IPv4Address.loopback, port: 80)
    let listener = try kernel.openSocket(.ipv4, .stream)
    try kernel.setOption(.reusePort, of: listener, to: 1)
    try kernel.bind(listener, to: address)
    try kernel.listen(listener, backlog: 4)
    let socket = try kernel.openSocket(.ipv4, .stream)
    try kernel.setOption(.reusePort, of: socket, to: 1)
    try kernel.bind(socket, to: address)
    try kernel.connect(socket, to: address)
    #expect(try kernel.peerAddress(of: socket) == address)
    expectError(.wouldBlock) { () throws(IOError) in try kernel.accept(listener) }
    let client = try kernel.openClient(80)
    let accepted = try kernel.accept(listener)
    kernel.send(client, 3)
    #expect(kernel.receive(accepted) == .moved(3))
    #expect(kernel.receive(socket) == .failed(.wouldBlock))
  }
}

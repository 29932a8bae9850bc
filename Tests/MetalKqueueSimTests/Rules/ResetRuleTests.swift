import MetalCore
import MetalKqueueSim
import Testing

@Suite("Rules: sockets without a connection")
struct ResetRuleTests {
  /// A connection within one machine that its other end has reset.
  private func resetClient(_ kernel: SimulatedKernel) throws(IOError) -> Int32 {
    let (client, server) = try kernel.connectedPair()
    try kernel.setOption(.noDelay, of: client, to: 1)
    try kernel.setOption(.linger, of: server, to: 0)
    try kernel.close(server)
    return client
  }

  @Test("S25 After a reset the options of TCP can be neither read nor set", arguments: KernelProfile.all)
  func options(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let client = try resetClient(kernel)
    for option: SocketOptionName in [.noDelay, .keepAliveIdle, .keepAliveInterval, .keepAliveProbes] {
      expectError(.connectionReset) { () throws(IOError) in _ = try kernel.option(option, of: client) }
      expectError(.connectionReset) { () throws(IOError) in try kernel.setOption(option, of: client, to: 1) }
    }
    // Those of the socket and of IP, and the pending error, are still there.
    try kernel.setOption(.keepAlive, of: client, to: 1)
    #expect(try kernel.option(.keepAlive, of: client) == 1)
    try kernel.setOption(.hopLimit, of: client, to: 3)
    #expect(try kernel.option(.hopLimit, of: client) == 3)
    #expect(try kernel.takePendingError(of: client)?.kind == .connectionReset)
  }

  @Test("S25 A value that no system takes is refused as such, after a reset as well")
  func badValue() throws(IOError) {
    let kernel = KernelProfile.macOS.machine()
    let client = try resetClient(kernel)
    expectError(.invalidInput) { () throws(IOError) in try kernel.setOption(.keepAliveProbes, of: client, to: 0) }
  }

  @Test("S26 After a reset NetBSD knows no address, and ends no writing", arguments: KernelProfile.all)
  func forgotten(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let client = try resetClient(kernel)
    for direction: ShutdownDirection in [.write, .both] {
      expectError(profile == .netBSD ? .invalidInput : .notConnected) { () throws(IOError) in
        try kernel.shutdown(client, direction)
      }
    }
    guard profile == .netBSD else {
      let address: SocketAddress = try kernel.localAddress(of: client)
      #expect(address.port != 0)
      return
    }
    expectError(.invalidInput) { () throws(IOError) in _ = try kernel.localAddress(of: client) as SocketAddress }
  }

  @Test(
    "S27 Shutting down an unconnected stream is refused; on NetBSD it ends the socket", arguments: KernelProfile.all)
  func unconnected(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let (_, port) = try kernel.openListener()
    let target = SocketAddress(IPv4Address.loopback, port: port)
    let socket = try kernel.openSocket(.ipv4, .stream)
    guard profile == .netBSD else {
      expectError(.notConnected) { () throws(IOError) in try kernel.shutdown(socket, .write) }
      try kernel.connect(socket, to: target)
      #expect(kernel.send(socket, 3) == .moved(3))
      return
    }
    try kernel.shutdown(socket, .write)
    expectError(.invalidInput) { () throws(IOError) in try kernel.connect(socket, to: target) }
    expectError(.invalidInput) { () throws(IOError) in
      try kernel.bind(socket, to: SocketAddress(IPv4Address.unspecified, port: 0))
    }
    expectError(.invalidInput) { () throws(IOError) in try kernel.listen(socket, backlog: 1) }
    expectError(.invalidInput) { () throws(IOError) in try kernel.shutdown(socket, .write) }
    expectError(.invalidInput) { () throws(IOError) in _ = try kernel.localAddress(of: socket) as SocketAddress }
    try kernel.close(socket)
  }

  @Test("X1 A read into no room fails with the pending error, and takes it", arguments: KernelProfile.all)
  func emptyRead(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let client = try resetClient(kernel)
    #expect(kernel.receive(client, 0) == .failed(.connectionReset))
    #expect(try kernel.takePendingError(of: client) == nil)
  }
}

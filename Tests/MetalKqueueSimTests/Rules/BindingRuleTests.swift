import MetalCore
import MetalKqueueSim
import Testing

/// Which addresses a socket may be bound to, and connected from, beside others.
@Suite("Rules: binding")
struct BindingRuleTests {
  private let any = SocketAddress(IPv4Address.unspecified, port: 80)
  private let loopback = SocketAddress(IPv4Address.loopback, port: 80)
  private let loopbackV6 = SocketAddress(IPv6Address.loopback, port: 80)
  private let anyV6 = SocketAddress(IPv6Address.unspecified, port: 80)
  private let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: 80)

  private func bound(_ kernel: SimulatedKernel, _ address: SocketAddress) throws(IOError) -> Int32 {
    let socket = try kernel.openSocket(address.isIPv4 ? .ipv4 : .ipv6, .stream)
    try kernel.bind(socket, to: address)
    return socket
  }

  @Test("An address keeps others of its port away if they meet", arguments: KernelProfile.all)
  func conflicts(_ profile: KernelProfile) throws(IOError) {
    let pairs = [
      (any, loopback, true), (loopback, any, true), (any, loopbackV6, false), (loopbackV6, any, false),
      (any, anyV6, true), (anyV6, any, true), (anyV6, loopback, true), (loopback, anyV6, true),
      (mapped, loopback, true),
      (mapped, loopbackV6, false), (loopbackV6, loopback, false), (anyV6, mapped, true),
    ]
    for (first, second, meet) in pairs {
      let kernel = profile.machine()
      _ = try bound(kernel, first)
      if meet {
        expectError(.addressInUse) { () throws(IOError) in try bound(kernel, second) }
      } else {
        _ = try bound(kernel, second)
      }
    }
  }

  @Test("A connection keeps away what meets its own address, and cannot be bound", arguments: KernelProfile.all)
  func connections(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let listener = try bound(kernel, any)
    try kernel.listen(listener, backlog: 5)
    let client = try kernel.openSocket(.ipv4, .stream)
    try kernel.connect(client, to: loopback)
    var (accepted, peer) = (SimulatedKernel.noDescriptor, loopback)
    #expect(kernel.accept(listener, into: &accepted, from: &peer).isSuccess)
    expectError(.invalidInput) { () throws(IOError) in try kernel.bind(accepted, to: loopback) }
    try kernel.close(listener)
    expectError(.addressInUse) { () throws(IOError) in try bound(kernel, loopback) }
    _ = try bound(kernel, loopbackV6)
    // The client was bound to all addresses of its port until it had a connection, and is to one of them since.
    expectError(.addressInUse) { () throws(IOError) in try bound(kernel, peer) }
    _ = try bound(kernel, SocketAddress(kernel.address, port: peer.port))
  }

  @Test("There is one connection between two addresses", arguments: KernelProfile.all)
  func sameConnection(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    try kernel.listen(try bound(kernel, loopback), backlog: 5)
    let source = SocketAddress(IPv4Address.loopback, port: 81)
    var clients: [Int32] = []
    for _ in 0..<2 {
      let client = try kernel.openSocket(.ipv4, .stream)
      try kernel.setOption(.reusePort, of: client, to: 1)
      try kernel.bind(client, to: source)
      clients.append(client)
    }
    try kernel.connect(clients[0], to: loopback)
    expectError(.addressInUse) { () throws(IOError) in try kernel.connect(clients[1], to: loopback) }
  }

  @Test("A stream is bound to no group, connects to none, and does not leave its family", arguments: KernelProfile.all)
  func families(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let group = SocketAddress(IPv4Address(239, 1, 2, 3), port: 80)
    let socket = try kernel.openSocket(.ipv4, .stream)
    expectError(.unsupported) { () throws(IOError) in try kernel.bind(socket, to: group) }
    expectError(.unsupported) { () throws(IOError) in try kernel.connect(socket, to: group) }
    expectError(.invalidInput) { () throws(IOError) in try kernel.connect(try bound(kernel, loopbackV6), to: mapped) }
    expectError(.invalidInput) { () throws(IOError) in try kernel.connect(try bound(kernel, mapped), to: loopbackV6) }
  }
}

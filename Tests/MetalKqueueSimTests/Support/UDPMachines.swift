import MetalCore

/// Machines on one network, for tests of UDP.
struct UDPMachines {
  let simulation: Simulation
  let kernels: [SimulatedKernel]

  /// Makes machines; everything takes `latency` from one to another, and no time within one.
  init(
    _ count: Int = 2, _ profile: KernelProfile = .macOS, latency: Duration = .zero, seed: UInt64 = 1,
    keeping retention: Trace.Retention = .last(10_000)
  ) {
    let simulation = Simulation(seed: seed, profile: profile, keeping: retention)
    self.simulation = simulation
    kernels = (0..<count).map { simulation.machine("kernel\($0)").kernel }
    for first in kernels.indices {
      for second in kernels.indices where first < second {
        simulation.setLatency(kernels[first].machine, kernels[second].machine, to: latency)
      }
    }
  }
}

extension SimulatedKernel {
  /// Binds a UDP socket on this machine.
  func udp(
    _ host: IPv4Address = .unspecified, _ port: UInt16 = 0,
    _ options: [SocketSetting<SocketKind.Datagram, SocketAddress>] = []
  ) throws(IOError) -> UDPSocket {
    try UDPSocket(bindingTo: SocketAddress(host, port: port), options: options, on: self)
  }

  /// Binds a UDP socket of IPv6 on this machine.
  func udpV6(
    _ host: IPv6Address = .unspecified, _ port: UInt16 = 0,
    _ options: [SocketSetting<SocketKind.Datagram, SocketAddress>] = []
  ) throws(IOError) -> UDPSocket {
    try UDPSocket(bindingTo: SocketAddress(host, port: port), options: options, on: self)
  }

  /// Opens a UDP socket that is bound to nothing.
  func unboundUDP(_ family: SocketFamily = .ipv4) throws(IOError) -> UDPSocket {
    UDPSocket(adopting: SimulatedDescriptor(owning: try openSocket(family, .datagram), on: self))
  }

  /// A port at this machine's address on the network.
  func at(_ port: UInt16) -> SocketAddress { SocketAddress(address, port: port) }
  func atV6(_ port: UInt16) -> SocketAddress { SocketAddress(addressV6, port: port) }
}

extension DatagramSocket where S == Selector {
  /// Sends a datagram to the peer, for which there must be space.
  func send(_ bytes: [UInt8]) throws(IOError) { _ = try ready(send(bytes.span)) }

  /// Sends a datagram to an address, for which there must be space.
  func send(_ bytes: [UInt8], to address: Address) throws(IOError) {
    _ = try ready(send(bytes.span, to: address))
  }

  /// Takes all datagrams that are there.
  func takeAll(atMost room: Int = 64) throws(IOError) -> [ReceivedBytes<Address>] {
    var all: [ReceivedBytes<Address>] = []
    while let datagram = try ReceiveForm.receive(self, atMost: room) { all.append(datagram) }
    return all
  }

  /// Takes all datagrams that are there; only what is in them counts.
  func takePayloads() throws(IOError) -> [[UInt8]] {
    try takeAll().map(\.bytes)
  }
}

extension DatagramSocket where S == Selector, Address == SocketAddress {
  /// Ends a direction, for which UDP sockets have no method.
  func shutdown(_ direction: ShutdownDirection) throws(IOError) {
    let kernel = handle.kernel
    _ = try perform { descriptor throws(IOError) in try kernel.shutdown(descriptor, direction) }
  }
}

/// What an event queue has told of a socket.
struct Notice: Equatable {
  var isRead: Bool
  var token: Token
  var data: Int
  /// The error number with which the direction has ended, 0 for none; `nil` if it has not.
  var end: UInt32?

  static func read(_ token: Token, _ data: Int, end: UInt32? = nil) -> Notice {
    Notice(isRead: true, token: token, data: data, end: end)
  }

  static func write(_ token: Token, _ data: Int, end: UInt32? = nil) -> Notice {
    Notice(isRead: false, token: token, data: data, end: end)
  }
}

/// A poll on a simulated machine whose events are compared in all that they say.
struct Watcher: ~Copyable {
  var poll: Poll
  private var events = Events(capacity: 32)

  init(on kernel: SimulatedKernel) throws(IOError) {
    poll = try Poll(on: kernel)
  }

  /// Waits for events, unless said otherwise only for what is there.
  mutating func notices(_ timeout: Duration? = .zero) throws(IOError) -> [Notice] {
    try poll.wait(into: &events, timeout: timeout)
    return events.map { event in
      let record = event.rawRecord
      return Notice(
        isRead: event.isReadable, token: event.token, data: record.data,
        end: record.flags.contains(.endOfFile) ? record.filterFlags : nil)
    }
  }
}

import MetalCore
import MetalKqueueSim

/// What an operation on bytes has come to.
enum Outcome: Hashable {
  case moved(Int)
  case failed(IOError.Kind)

  init(_ result: IOResult) {
    self = result.isSuccess ? .moved(result.rawValue) : .failed(SimulatedKernel.error(for: result).kind)
  }
}

extension KernelProfile {
  /// The profiles under which a rule is tried.
  static let all: [KernelProfile] = [.macOS, .freeBSD, .netBSD]

  /// A machine of this profile, alone in a simulation of its own.
  func machine() -> SimulatedKernel {
    Simulation(seed: 1, profile: self).machine("machine").kernel
  }

  /// Two machines of this profile, and the time that anything takes between them.
  func machines(apart latency: Duration) -> (SimulatedKernel, SimulatedKernel) {
    let simulation = Simulation(seed: 1, profile: self)
    let first = simulation.machine("first").kernel
    let second = simulation.machine("second").kernel
    simulation.setLatency(first.machine, second.machine, to: latency)
    return (first, second)
  }
}

extension SimulatedKernel {
  // MARK: TCP

  /// Opens a listener on all addresses, and returns its port beside it.
  func openListener(backlog: Int = 16) throws(IOError) -> (descriptor: Int32, port: UInt16) {
    let listener = try openSocket(.ipv4, .stream)
    try bind(listener, to: SocketAddress(IPv4Address.unspecified, port: 0))
    try listen(listener, backlog: backlog)
    let address: SocketAddress = try localAddress(of: listener)
    return (listener, address.port)
  }

  /// Starts to connect to a port of a machine, this one unless said otherwise.
  func openClient(_ port: UInt16, on server: SimulatedKernel? = nil) throws(IOError) -> Int32 {
    let client = try openSocket(.ipv4, .stream)
    try connect(client, to: SocketAddress(server?.address ?? IPv4Address.loopback, port: port))
    return client
  }

  /// Takes a connection off a listener's queue.
  func accept(_ listener: Int32) throws(IOError) -> Int32 {
    var accepted: Int32 = -1
    var peer = SocketAddress.unspecified
    let result: IOResult = accept(listener, into: &accepted, from: &peer)
    guard result.isSuccess else { throw Self.error(for: result) }
    return accepted
  }

  /// Makes a connection within the machine; both ends are its descriptors.
  func connectedPair() throws(IOError) -> (client: Int32, server: Int32) {
    let (listener, port) = try openListener()
    let client = try openClient(port)
    let server = try accept(listener)
    try close(listener)
    return (client, server)
  }

  // MARK: Bytes

  /// Sends so many bytes on a socket.
  @discardableResult
  func send(_ descriptor: Int32, _ count: Int) -> Outcome {
    Outcome(send(descriptor, [UInt8](repeating: 7, count: count).span))
  }

  /// Receives up to so many bytes from a socket.
  @discardableResult
  func receive(_ descriptor: Int32, _ limit: Int = 1 << 20) -> Outcome {
    var buffer = [UInt8](repeating: 0, count: limit)
    return Outcome(receive(descriptor, into: buffer.mutableSpan, isPeek: false))
  }

  /// Peeks at up to so many bytes from a socket.
  func peek(_ descriptor: Int32, _ limit: Int = 1 << 20) -> Outcome {
    var buffer = [UInt8](repeating: 0, count: limit)
    return Outcome(receive(descriptor, into: buffer.mutableSpan, isPeek: true))
  }

  /// Writes so many bytes to a pipe.
  @discardableResult
  func write(_ descriptor: Int32, _ count: Int) -> Outcome {
    Outcome(write(descriptor, [UInt8](repeating: 7, count: count).span))
  }

  /// Reads up to so many bytes from a pipe.
  @discardableResult
  func read(_ descriptor: Int32, _ limit: Int = 1 << 20) -> Outcome {
    var buffer = [UInt8](repeating: 0, count: limit)
    return Outcome(read(descriptor, into: buffer.mutableSpan))
  }
}

// MARK: - Of its machine

extension SimulatedKernel {
  var name: String { machine.name }
  var address: IPv4Address { machine.address }
  var addressV6: IPv6Address { machine.addressV6 }
}

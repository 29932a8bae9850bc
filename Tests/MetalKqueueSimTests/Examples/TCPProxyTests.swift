import MetalCore
import TCPProxy
import Testing

// The proxy of the example program, unchanged: this target chooses its selector.
private typealias Proxy = TCPProxy<KqueueSimSelector>

/// The example's proxy on one machine, between a client on another and a target on a third.
private struct Stage: ~Copyable {
  let simulation: Simulation
  let middle: SimulatedKernel
  let client: SimulatedKernel
  let target: SimulatedKernel
  let listener: TCPListener
  var program: Proxy
  private var events = Events(capacity: 16)

  init(_ profile: KernelProfile = .macOS) throws(IOError) {
    let simulation = Simulation(seed: 3, profile: profile, keeping: .all)
    let middle = simulation.machine("proxy").kernel
    let client = simulation.machine("client").kernel
    let target = simulation.machine("target").kernel
    let listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: 80), on: target)
    let program = try Proxy(
      bindingTo: SocketAddress(IPv4Address.unspecified, port: 8_080),
      target: SocketAddress(target.address, port: 80),
      on: middle)
    self.program = program
    self.listener = listener
    self.client = client
    self.middle = middle
    self.target = target
    self.simulation = simulation
  }

  func connect() throws(IOError) -> Peer {
    try Peer(connectingTo: SocketAddress(middle.address, port: 8_080), on: client)
  }

  /// The target's end of the connection that the proxy has made for a client.
  func accept() throws(IOError) -> TCPStream {
    try ready(listener.accept()).stream
  }

  /// Lets the proxy do all that it can at the moment.
  mutating func settle() throws(IOError) {
    try simulation.settle { () throws(IOError) in try program.turn(&events, timeout: .zero) }
  }

  mutating func run(for time: Duration) throws(IOError) {
    let end = simulation.now + time
    while simulation.now < end { try program.turn(&events, timeout: end - simulation.now) }
  }
}

@Suite("Example: TCP proxy on the simulated kernel")
struct TCPProxyTests {
  @Test("Bytes pass both ways, and each half closes by itself", arguments: KernelProfile.all)
  func passesBothWays(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let peer = try stage.connect()
    try peer.send(pattern(3_000))
    try stage.settle()
    let far = try stage.accept()
    try stage.settle()
    #expect(try far.drained() == pattern(3_000))
    try peer.finish()
    try stage.settle()
    #expect(try far.readOnce() == [])
    #expect(try far.write(pattern(200).span) == 200)
    try far.close()
    try stage.settle()
    peer.receive()
    #expect(peer.received == pattern(200))
    #expect(peer.hasEnded && peer.error == nil)
    #expect(stage.program.connectionCount == 0)
  }

  @Test("A target that refuses ends its client's connection, and the next is served")
  func refusingTarget() throws(IOError) {
    var stage = try Stage()
    var proxy = try Proxy(
      bindingTo: SocketAddress(IPv4Address.unspecified, port: 9_000),
      target: SocketAddress(stage.target.address, port: 81),
      on: stage.middle)
    var events = Events(capacity: 16)
    for _ in 0..<2 {
      let peer = try Peer(connectingTo: SocketAddress(stage.middle.address, port: 9_000), on: stage.client)
      try peer.send([1])
      try stage.simulation.settle { () throws(IOError) in try proxy.turn(&events, timeout: .zero) }
      peer.receive()
      #expect(peer.hasEnded)
      #expect(proxy.connectionCount == 0)
    }
    try stage.settle()
  }

  @Test("A client that breaks off while its target is being reached leaves nothing behind")
  func clientGoesEarly() throws(IOError) {
    var stage = try Stage()
    let before = stage.middle.descriptorCount
    stage.simulation.setLatency(stage.middle.machine, stage.target.machine, to: .milliseconds(50))
    let peer = try stage.connect()
    try stage.settle()
    try peer.reset()
    try stage.run(for: .seconds(1))
    #expect(stage.program.connectionCount == 0)
    #expect(stage.middle.descriptorCount == before)
  }

  @Test("The reset of one side reaches the other, whichever direction is told first", arguments: KernelProfile.all)
  func resetOfTheTarget(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let before = stage.middle.descriptorCount
    let peer = try stage.connect()
    try stage.settle()
    let far = try stage.accept()
    try stage.settle()
    #expect(try far.write(pattern(100).span) == 100)
    try far.setOption(.linger, to: .zero)
    try far.close()
    try stage.settle()
    peer.receive()
    // What was sent before the reset is passed on by a program that reads before it gives up.
    #expect(peer.received == pattern(100))
    #expect(peer.hasEnded)
    #expect(stage.middle.descriptorCount == before)
  }

  @Test("With room for exactly one byte at a time, everything passes", arguments: [1, 3])
  func oneByteOfRoom(size: Int) throws(IOError) {
    var profile = KernelProfile.macOS
    profile.tcp.sendBuffer = size
    profile.tcp.receiveBuffer = size
    var stage = try Stage(profile)
    let peer = try stage.connect()
    try stage.settle()
    let far = try stage.accept()
    let bytes = pattern(500)
    var sent = 0
    var arrived: [UInt8] = []
    for _ in 0..<10_000 where arrived.count < bytes.count {
      if sent < bytes.count { sent += try peer.send(Array(bytes[sent...])) }
      try stage.settle()
      arrived += try far.drained()
    }
    #expect(arrived == bytes)
  }

  @Test("A sender is held back by a reader that does not read, and no byte is lost")
  func backPressure() throws(IOError) {
    var stage = try Stage()
    let peer = try stage.connect()
    try stage.settle()
    let far = try stage.accept()
    let bytes = pattern(3_000_000)
    var sent = 0
    for _ in 0..<50 {
      sent += try peer.send(Array(bytes[sent...]))
      try stage.settle()
    }
    // Four buffers of 128 KiB and one of the proxy's own are all there is.
    #expect(sent < 700_000)
    var arrived: [UInt8] = []
    for _ in 0..<1_000 where arrived.count < bytes.count {
      arrived += try far.drained()
      if sent < bytes.count { sent += try peer.send(Array(bytes[sent...])) }
      try stage.settle()
    }
    #expect(arrived == bytes)
  }

  @Test("Out of the second descriptor of a connection, its client is kept until there is one")
  func outOfDescriptors() throws(IOError) {
    var stage = try Stage()
    let limit = stage.middle.descriptorLimit
    stage.middle.descriptorLimit = stage.middle.descriptorCount + 1
    let peer = try stage.connect()
    try peer.send([5])
    try stage.settle()
    #expect(stage.program.connectionCount == 0)
    stage.middle.descriptorLimit = limit
    try stage.run(for: .milliseconds(200))
    let far = try stage.accept()
    try stage.settle()
    #expect(try far.drained() == [5])
  }

  @Test("A client that waited for descriptors is served while another client keeps the proxy busy")
  func outOfDescriptorsBesideABusyClient() throws(IOError) {
    var stage = try Stage()
    let limit = stage.middle.descriptorLimit
    stage.middle.descriptorLimit = stage.middle.descriptorCount + 2
    let busy = try stage.connect()
    try stage.settle()
    let waiting = try stage.connect()
    try waiting.send([9])
    try stage.settle()
    let far = try stage.accept()
    #expect(stage.program.connectionCount == 1)
    stage.middle.descriptorLimit = limit
    // No turn of the proxy is without an event.
    for _ in 0..<20 {
      try busy.send([1])
      try stage.run(for: .milliseconds(10))
      #expect(try far.drained() == [1])
    }
    let next = try stage.accept()
    #expect(try next.drained() == [9])
  }
}

extension StreamSocket where S == KqueueSimSelector, Address == SocketAddress {
  /// Reads whatever has arrived.
  fileprivate func drained() throws(IOError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while let count = try read(into: buffer.mutableSpan), count > 0 { bytes += buffer[..<count] }
    return bytes
  }
}

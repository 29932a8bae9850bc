import EchoServer
import MetalCore
import Testing

// The server of the example program, unchanged: this target chooses its selector.
private typealias Server = EchoServer<KqueueSimSelector>

/// The example's echo server on one machine, to be connected to from another.
private struct Stage: ~Copyable {
  let simulation: Simulation
  let server: SimulatedKernel
  let client: SimulatedKernel
  var program: Server
  private var events = Events(capacity: 16)

  init(_ profile: KernelProfile = .macOS) throws(IOError) {
    let simulation = Simulation(seed: 7, profile: profile, keeping: .all)
    let server = simulation.machine("server").kernel
    client = simulation.machine("client").kernel
    program = try Server(bindingTo: SocketAddress(IPv4Address.unspecified, port: 7), on: server)
    self.server = server
    self.simulation = simulation
  }

  /// Connects a client, whose closing may be a reset.
  func connect(linger: Duration? = nil) throws(IOError) -> Peer {
    try Peer(connectingTo: SocketAddress(server.address, port: 7), on: client, options: [.linger(linger)])
  }

  /// Lets the server do all that it can at the moment.
  mutating func settle() throws(IOError) {
    try simulation.settle { () throws(IOError) in try program.turn(&events, timeout: .zero) }
  }

  /// Lets the server do what it can within a time.
  mutating func run(for time: Duration) throws(IOError) {
    let end = simulation.now + time
    while simulation.now < end { try program.turn(&events, timeout: end - simulation.now) }
  }

  /// The directions whose end was delivered, in order.
  var endsDelivered: [KernelEvent.Filter] {
    simulation.trace.records.compactMap { $0.kind == .delivery ? $0.event : nil }
      .filter { $0.flags.contains(.endOfFile) }.map(\.filter)
  }

  /// What a call of the server returned, in order.
  func results(of call: String) -> [Int] {
    simulation.trace.records.filter { $0.machine == 0 && $0.name == call }.map(\.result)
  }
}

@Suite("Example: echo server on the simulated kernel")
struct EchoServerTests {
  @Test("What a client sends comes back, and the connection ends with it", arguments: KernelProfile.all)
  func echoes(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let peer = try stage.connect()
    try stage.settle()
    #expect(stage.program.connectionCount == 1)
    try peer.send(pattern(10_000))
    try stage.settle()
    peer.receive()
    #expect(peer.received == pattern(10_000))
    try peer.finish()
    try stage.settle()
    peer.receive()
    #expect(peer.hasEnded && peer.error == nil)
    #expect(stage.program.connectionCount == 0)
  }

  @Test("A reset between the server's read and its write ends that connection, and no other")
  func resetBetweenReadAndWrite() throws(IOError) {
    var stage = try Stage()
    let simulation = stage.simulation
    simulation.setLatency(stage.client.machine, stage.server.machine, to: .milliseconds(1))
    let other = try stage.connect()
    let peer = try stage.connect(linger: .zero)
    try stage.run(for: .milliseconds(10))

    // Every call takes 10 µs: the server, woken by the bytes, reads them 10 µs later and writes another 10 µs later. The
    // reset leaves 15 µs after the bytes, its own call included.
    try peer.send(pattern(100))
    simulation.schedule(after: .microseconds(5)) { peer.close() }
    stage.simulation.callCost = .microseconds(10)
    try stage.run(for: .milliseconds(3))
    stage.simulation.callCost = .zero
    #expect(stage.results(of: "recv").last == 100)
    #expect(stage.results(of: "send") == [-32], "the write must have met the broken pipe")
    #expect(stage.program.connectionCount == 1)

    try other.send(pattern(5))
    try stage.run(for: .milliseconds(10))
    other.receive()
    #expect(other.received == pattern(5))
  }

  @Test("With room for exactly one byte at a time, everything still comes back", arguments: [1, 2])
  func oneByteOfRoom(size: Int) throws(IOError) {
    var profile = KernelProfile.macOS
    profile.tcp.sendBuffer = size
    profile.tcp.receiveBuffer = size
    var stage = try Stage(profile)
    let peer = try stage.connect()
    let bytes = pattern(1_000)
    var sent = 0
    for _ in 0..<10_000 where peer.received.count < bytes.count {
      if sent < bytes.count { sent += try peer.send(Array(bytes[sent...])) }
      try stage.settle()
      peer.receive()
    }
    #expect(peer.received == bytes)
    #expect(stage.results(of: "send").allSatisfy { $0 == -35 || (1...size).contains($0) })
  }

  @Test("Out of descriptors, the server accepts who waits when a connection has ended")
  func outOfDescriptors() throws(IOError) {
    var stage = try Stage()
    stage.server.descriptorLimit = stage.server.descriptorCount + 1
    let first = try stage.connect()
    let second = try stage.connect()
    try stage.settle()
    #expect(stage.program.connectionCount == 1)
    #expect(stage.results(of: "accept").contains(-24))
    try second.send([1, 2, 3])
    try first.finish()
    try stage.settle()
    second.receive()
    #expect(second.received == [1, 2, 3])
  }

  @Test("Out of descriptors, the server tries again after a tenth of a second", arguments: KernelProfile.all)
  func outOfDescriptorsForAWhile(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let limit = stage.server.descriptorLimit
    stage.server.descriptorLimit = stage.server.descriptorCount
    let peer = try stage.connect()
    try peer.send([9])
    try stage.settle()
    #expect(stage.program.connectionCount == 0)
    stage.server.descriptorLimit = limit
    try stage.run(for: .milliseconds(100))
    try stage.settle()
    peer.receive()
    #expect(peer.received == [9])
  }

  @Test("A client that waited for a descriptor is accepted while another client keeps the server busy")
  func outOfDescriptorsBesideABusyClient() throws(IOError) {
    var stage = try Stage()
    let limit = stage.server.descriptorLimit
    stage.server.descriptorLimit = stage.server.descriptorCount + 1
    let busy = try stage.connect()
    let waiting = try stage.connect()
    try waiting.send([9])
    try stage.settle()
    #expect(stage.program.connectionCount == 1)
    stage.server.descriptorLimit = limit
    // No turn of the server is without an event.
    for _ in 0..<20 {
      try busy.send([1])
      try stage.run(for: .milliseconds(10))
      busy.receive()
    }
    waiting.receive()
    #expect(waiting.received == [9])
    #expect(busy.received.count == 20)
  }

  @Test("More connections than a turn accepts are all served, without another one's coming")
  func moreThanATurnAccepts() throws(IOError) {
    var stage = try Stage()
    var peers: [Peer] = []
    for _ in 0..<100 { peers.append(try stage.connect()) }
    for peer in peers { try peer.send([7]) }
    try stage.run(for: .milliseconds(10))
    #expect(stage.program.connectionCount == peers.count)
    for peer in peers {
      peer.receive()
      #expect(peer.received == [7])
    }
  }

  @Test(
    "Bytes and the end of the stream in one event come back whole, in either order of delivery",
    arguments: KernelProfile.all)
  func bytesAndEndInOneEvent(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let peer = try stage.connect()
    try stage.settle()
    try peer.send(pattern(5_000))
    try peer.finish()
    try stage.settle()
    peer.receive()
    #expect(peer.received == pattern(5_000))
    #expect(peer.hasEnded)
    #expect(stage.program.connectionCount == 0)
  }

  @Test("A reset ends the connection, in either order of delivery", arguments: KernelProfile.all)
  func reset(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let peer = try stage.connect()
    try stage.settle()
    try peer.reset()
    try stage.settle()
    #expect(stage.program.connectionCount == 0)
    #expect(stage.endsDelivered == (profile.queues.firesWriteFirst ? [.write, .read] : [.read, .write]))
  }

  @Test("Bytes and a reset before one poll end the connection", arguments: KernelProfile.all)
  func bytesAndReset(profile: KernelProfile) throws(IOError) {
    var stage = try Stage(profile)
    let peer = try stage.connect()
    try stage.settle()
    try peer.send(pattern(50))
    try peer.reset()
    try stage.settle()
    #expect(stage.program.connectionCount == 0)
    // The bytes had queued the reading direction already.
    #expect(stage.endsDelivered == [.read, .write])
    #expect(stage.results(of: "recv").first == 50)
  }

  @Test("A client that does not read is waited for, and the others are served")
  func slowReader() throws(IOError) {
    var stage = try Stage()
    let slow = try stage.connect()
    let other = try stage.connect()
    let bytes = pattern(2_000_000)
    var sent = 0
    for _ in 0..<20 {
      sent += try slow.send(Array(bytes[sent...]))
      try stage.settle()
    }
    #expect(sent < bytes.count)
    try other.send([1, 2])
    try stage.settle()
    other.receive()
    #expect(other.received == [1, 2])
    for _ in 0..<1_000 where slow.received.count < bytes.count {
      slow.receive()
      if sent < bytes.count { sent += try slow.send(Array(bytes[sent...])) }
      try stage.settle()
    }
    #expect(slow.received == bytes)
  }

  @Test("The server stops when it is woken, in the midst of a wait")
  func stops() throws(IOError) {
    var stage = try Stage()
    let stopper = try stage.program.makeStopper()
    stage.simulation.schedule(after: .seconds(60)) { recordingErrors { () throws(IOError) in try stopper.wake() } }
    try stage.program.run()
    #expect(stage.simulation.now == .seconds(60))
  }
}

import MetalCore
import Testing

@Suite("Simulation: the ends of connections, and what is on its way")
struct ConnectionEndTests {
  private let simulation = Simulation()

  /// A listener's port, and both ends of a connection to it.
  private struct Ends: ~Copyable {
    let port: UInt16
    let client: TCPStream
    let server: TCPStream
  }

  private func connect(_ first: SimulatedKernel, _ second: SimulatedKernel) throws(IOError) -> Ends {
    let listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0), on: second)
    let port = try listener.localAddress.port
    let client = try TCPStream(connectingTo: SocketAddress(second.address, port: port), on: first)
    let accepted = try ready(listener.accept())
    return Ends(port: port, client: client, server: accepted.stream)
  }

  @Test("A connection that was half-closed before it is closed gives its port back")
  func halfClosed() throws(IOError) {
    let kernel = simulation.machine("machine").kernel
    let ends = try connect(kernel, kernel)
    let port = ends.port
    try ends.server.shutdown(.write)
    try ends.client.shutdown(.write)
    try ends.client.close()
    try ends.server.close()
    simulation.advance(by: .seconds(60))
    let again = try TCPListener(
      bindingTo: SocketAddress(IPv4Address.unspecified, port: port), options: [.reuseAddress(false)], on: kernel
    )
    #expect(try again.localAddress.port == port)
  }

  @Test("What was sent first arrives first, also when the way becomes shorter meanwhile")
  func keepsOrder() throws(IOError) {
    let (first, second) = (simulation.machine("first").kernel, simulation.machine("second").kernel)
    let ends = try connect(first, second)
    let handoff = Handoff<TCPStream>()
    simulation.setLatency(first.machine, second.machine, to: .milliseconds(10))
    let simulation = simulation
    let client = ends.client
    simulation.schedule(after: .milliseconds(10)) {
      recordingErrors { () throws(IOError) in
        simulation.setLatency(first.machine, second.machine, to: .zero)
        let client = try handoff.taken()
        #expect(try client.write([2].span) == 1)
        handoff.put(client)
      }
    }
    #expect(try client.write([1].span) == 1)
    handoff.put(client)
    simulation.advance(by: .milliseconds(20))
    var buffer = [UInt8](repeating: 0, count: 4)
    #expect(try ends.server.read(into: buffer.mutableSpan) == 2)
    #expect(buffer[..<2] == [1, 2])
  }

  @Test("A window of one byte takes no more stack than others")
  func oneByteWindow() throws(IOError) {
    var profile = KernelProfile.macOS
    profile.tcp.receiveBuffer = 1
    let kernel = Simulation(profile: profile).machine("machine").kernel
    let ends = try connect(kernel, kernel)
    let client = ends.client
    let server = ends.server
    let bytes = [UInt8](repeating: 1, count: 131_072)
    #expect(try client.write(bytes.span) == bytes.count)
    var buffer: [UInt8] = [0, 0]
    for _ in bytes { #expect(try server.read(into: buffer.mutableSpan) == 1) }
    #expect(try client.write(bytes.span) == bytes.count)
    // All that waits is sent at once, and answered by a reset.
    try server.close()
    expectError(.brokenPipe) { () throws(IOError) in _ = try client.write(bytes.span) }
  }

  @Test("A receive buffer that is made larger, or smaller, while connected holds as much", arguments: [10_000, 500])
  func resizes(size: Int) throws(IOError) {
    var profile = KernelProfile.macOS
    profile.tcp.receiveBuffer = 1_000
    let kernel = Simulation(profile: profile).machine("machine").kernel
    let ends = try connect(kernel, kernel)
    try kernel.setOption(.receiveBufferSize, of: ends.server.rawDescriptor, to: size)
    let bytes = [UInt8](repeating: 1, count: 20_000)
    _ = try ends.client.write(bytes.span)
    var buffer = [UInt8](repeating: 0, count: 30_000)
    // What the other end was promised before may still come.
    #expect(try ends.server.read(into: buffer.mutableSpan) == max(size, 1_000))
    #expect(try ends.server.read(into: buffer.mutableSpan) == size)
  }

  @Test("Room that was not announced is taken back first when the receive buffer is made smaller")
  func shrinksWithRoom() throws(IOError) {
    var profile = KernelProfile.macOS
    profile.tcp.receiveBuffer = 1_000
    let kernel = Simulation(profile: profile).machine("machine").kernel
    let ends = try connect(kernel, kernel)
    let bytes = [UInt8](repeating: 1, count: 20_000)
    _ = try ends.client.write(bytes.span)
    #expect(kernel.receive(ends.server.rawDescriptor, 499) == .moved(499))
    try kernel.setOption(.receiveBufferSize, of: ends.server.rawDescriptor, to: 10)
    #expect(kernel.receive(ends.server.rawDescriptor) == .moved(501))
    #expect(kernel.receive(ends.server.rawDescriptor) == .moved(10))
    #expect(kernel.receive(ends.server.rawDescriptor) == .moved(10))
  }

  @Test("No edge is lost of a stream whose end was read, or that was shut down")
  func endThatIsKnown() throws(IOError) {
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 8)
    let first = try connect(kernel, kernel)
    let second = try connect(kernel, kernel)
    var read = first.client
    var shut = second.client
    try poll.registry.register(&read, token: 1, interests: .readable)
    try poll.registry.register(&shut, token: 2, interests: .readable)
    try first.server.shutdown(.write)
    try shut.shutdown(.read)
    try poll.wait(into: &events)
    #expect(events.count == 2)
    var buffer: [UInt8] = [0]
    #expect(try read.read(into: buffer.mutableSpan) == 0)
    #expect(try shut.read(into: buffer.mutableSpan) == 0)
    expectError(.deadlock) { () throws(IOError) in try poll.wait(into: &events) }
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.lostEdges.isEmpty, "\(diagnosis)")
  }

  @Test("The lost edge of another machine is told as well")
  func lostEdgeElsewhere() throws(IOError) {
    let (client, server) = (simulation.machine("client").kernel, simulation.machine("server").kernel)
    let ends = try connect(client, server)
    var serverPoll = try Poll(on: server)
    var clientPoll = try Poll(on: client)
    var events = Events(capacity: 4)
    var stream = ends.client
    var other = ends.server
    try clientPoll.registry.register(&stream, token: 1, interests: .readable)
    try serverPoll.registry.register(&other, token: 2, interests: .readable)
    #expect(try stream.write([1, 2, 3].span) == 3)
    try serverPoll.wait(into: &events)
    #expect(events.count == 1)
    expectError(.deadlock) { () throws(IOError) in try clientPoll.wait(into: &events) }
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.waiters[0].machine == "client")
    #expect(diagnosis.waiters.map(\.machine) == ["client", "server"])
    #expect(diagnosis.lostEdges == ["readable since 0 ms, 3 bytes never read; read until nil"])
  }

  @Test("An action may register while a call that takes time is about to change the same queue")
  func registersMeanwhile() throws(IOError) {
    let simulation = Simulation(profile: .freeBSD)
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    let pipe = try PipeEnds(on: kernel)
    var writer = pipe.writer
    try pipe.reader.close()
    try poll.registry.register(&writer, token: 1, interests: .writable)
    simulation.callCost = .microseconds(10)
    let registry = poll.registry
    let sockets = Handoff<UDPSocket>()
    simulation.schedule(after: .microseconds(15)) {
      recordingErrors { () throws(IOError) in
        var socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 5), on: kernel)
        try registry.register(&socket, token: 2, interests: .writable)
        sockets.put(socket)
      }
    }
    try poll.wait(into: &events, timeout: .seconds(1))
    #expect(events.map(\.token) == [1])
    try poll.wait(into: &events, timeout: .seconds(1))
    #expect(events.map(\.token) == [2])
  }
}

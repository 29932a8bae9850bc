import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// A socket that is watched in both directions, the reading one under token 1, the writing one under token 2.
struct WatchedSocket: ~Copyable {
  let queue: Queue
  let descriptor: Int32

  init(_ descriptor: Int32, on kernel: SimulatedKernel) throws(IOError) {
    queue = try Queue(on: kernel)
    self.descriptor = descriptor
    queue.change(.read(descriptor, [.add, .clear], token: 1), .write(descriptor, [.add, .clear], token: 2))
  }

  /// Both directions' end with a code, in the order of the system.
  func ends(_ code: UInt32, unread: Int = 0) -> [Told] {
    let size = queue.kernel.simulation.profile.tcp.sendBuffer
    let read = Told.read(1, unread, end: code)
    let write = Told.write(2, size, end: code)
    return queue.kernel.simulation.profile.queues.firesWriteFirst ? [write, read] : [read, write]
  }
}

@Suite("Rules: scenarios of connecting")
struct ConnectingRuleTests {
  @Test("S1 While it connects a socket is silent", arguments: KernelProfile.all)
  func connecting(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    let watched = try WatchedSocket(client, on: first)
    #expect(watched.queue.told() == [])
    expectError(.connectionInProgress) { () throws(IOError) in
      try first.connect(client, to: SocketAddress(second.address, port: port))
    }
    expectError(.notConnected) { () throws(IOError) in _ = try first.peerAddress(of: client) as SocketAddress
    }
    #expect(first.send(client, 1) == .failed(.notConnected))
    #expect(first.receive(client) == .failed(.wouldBlock))
  }

  @Test("S2 A connection that succeeds is writable, and not readable", arguments: KernelProfile.all)
  func connected(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    let watched = try WatchedSocket(client, on: first)
    #expect(watched.queue.wait() == [.write(2, profile.tcp.sendBuffer)])
    #expect(first.simulation.now == .milliseconds(2))
    #expect(try first.takePendingError(of: client) == nil)
    #expect(try first.peerAddress(of: client) == SocketAddress(second.address, port: port))
    #expect(watched.queue.wait(1_000_000_000) == [])
  }

  @Test("S3 A refused connection is told in both directions", arguments: KernelProfile.all)
  func refused(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    for asksOption in [false, true] {
      let client = try first.openClient(9, on: second)
      let watched = try WatchedSocket(client, on: first)
      #expect(watched.queue.wait() == watched.ends(Told.refused))
      if asksOption {
        #expect(try first.takePendingError(of: client)?.kind == .connectionRefused)
      } else {
        #expect(first.receive(client) == .failed(.connectionRefused))
      }
      #expect(first.receive(client) == .moved(0))
      #expect(try first.takePendingError(of: client) == nil)
      #expect(first.send(client, 1) == .failed(.brokenPipe))
    }
  }

  @Test("S3 A connection that nobody answers times out after 75 s")
  func timedOut() throws(IOError) {
    let (first, second) = KernelProfile.macOS.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener(backlog: 1)
    _ = try first.openClient(port, on: second)
    first.simulation.advance(by: .milliseconds(10))
    let start = first.simulation.now
    let client = try first.openClient(port, on: second)
    let watched = try WatchedSocket(client, on: first)
    #expect(watched.queue.wait() == watched.ends(Told.timedOut))
    #expect(first.simulation.now - start == .seconds(75))
    #expect(first.receive(client) == .failed(.timedOut))
  }

  @Test("S15 A peer that gives up before it is accepted", arguments: KernelProfile.all)
  func aborted(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let (listener, port) = try kernel.openListener()
    let watched = try WatchedSocket(listener, on: kernel)
    let client = try kernel.openClient(port)
    #expect(watched.queue.told() == [.read(1, 1)])
    try kernel.setOption(.linger, of: client, to: 0)
    try kernel.close(client)
    #expect(watched.queue.told() == [])
    let later = try kernel.openClient(port)
    expectError(.connectionAborted) { () throws(IOError) in _ = try kernel.accept(listener) }
    let server = try kernel.accept(listener)
    #expect(kernel.send(later, 3) == .moved(3))
    #expect(kernel.receive(server) == .moved(3))
  }

  @Test("S15 A peer that closes cleanly before it is accepted is accepted", arguments: KernelProfile.all)
  func closedBeforeAccept(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let (listener, port) = try kernel.openListener()
    let client = try kernel.openClient(port)
    kernel.send(client, 3)
    try kernel.close(client)
    let server = try kernel.accept(listener)
    let watched = try WatchedSocket(server, on: kernel)
    #expect(watched.queue.told() == [.read(1, 3, end: 0), .write(2, profile.tcp.sendBuffer)])
    #expect(kernel.receive(server) == .moved(3))
    #expect(kernel.receive(server) == .moved(0))
  }

  @Test("S16 A full backlog: macOS says nothing and tries again when it has room")
  func fullBacklogDropped() throws(IOError) {
    let (first, second) = KernelProfile.macOS.machines(apart: .milliseconds(1))
    let (listener, port) = try second.openListener(backlog: 2)
    for _ in 0..<2 { _ = try first.openClient(port, on: second) }
    first.simulation.advance(by: .milliseconds(10))
    let client = try first.openClient(port, on: second)
    let watched = try WatchedSocket(client, on: first)
    let simulation = first.simulation
    let start = simulation.now
    #expect(watched.queue.wait(2_000_000_000) == [])
    simulation.schedule(after: .seconds(2)) {
      recordingErrors { () throws(IOError) in _ = try second.accept(listener) }
    }
    // The attempts are made after 0, 1, 3 and 7 seconds; that after 7 is the first that finds room.
    #expect(watched.queue.wait() == [.write(2, KernelProfile.macOS.tcp.sendBuffer)])
    #expect(simulation.now - start > .seconds(7))
    #expect(simulation.now - start < .milliseconds(7_100))
    simulation.advance(by: .milliseconds(1))
    for _ in 0..<2 { _ = try second.accept(listener) }
    expectError(.wouldBlock) { () throws(IOError) in _ = try second.accept(listener) }
  }

  @Test("S16 A backlog of n holds n connections on macOS, and 3n/2 + 1 elsewhere", arguments: [0, 1, 2, 3, 10])
  func backlogSizes(_ backlog: Int) throws(IOError) {
    for profile in KernelProfile.all {
      let kernel = profile.machine()
      let (listener, port) = try kernel.openListener(backlog: backlog)
      for _ in 0..<20 { _ = try kernel.openClient(port) }
      var accepted = 0
      var kind: IOError.Kind?
      while kind == nil {
        do throws(IOError) {
          _ = try kernel.accept(listener)
          accepted += 1
        } catch {
          kind = error.kind
        }
      }
      #expect(kind == .wouldBlock)
      #expect(accepted == (profile == .macOS ? max(backlog, 1) : backlog * 3 / 2 + 1), "\(profile)")
    }
  }

  @Test("S16 A full backlog: FreeBSD agrees to the connection, and resets it")
  func fullBacklogReset() throws(IOError) {
    let profile = KernelProfile.freeBSD
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener(backlog: 2)
    for _ in 0..<4 { _ = try first.openClient(port, on: second) }
    first.simulation.advance(by: .milliseconds(10))
    let start = first.simulation.now
    let client = try first.openClient(port, on: second)
    let watched = try WatchedSocket(client, on: first)
    #expect(watched.queue.wait() == [.write(2, profile.tcp.sendBuffer)])
    #expect(first.simulation.now - start == .milliseconds(2))
    #expect(first.send(client, 5) == .moved(5))
    #expect(watched.queue.wait() == watched.ends(Told.reset))
    #expect(first.simulation.now - start == .milliseconds(4))
    #expect(first.receive(client) == .failed(.connectionReset))
  }
}

@Suite("Rules: connections that come to nothing")
struct UnfinishedConnectionTests {
  @Test("A client that gives up in the middle of the handshake leaves nothing behind", arguments: KernelProfile.all)
  func givenUp(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(2))
    let listener = try second.openSocket(.ipv4, .stream)
    try second.bind(listener, to: SocketAddress(IPv4Address.unspecified, port: 80))
    try second.listen(listener, backlog: 0)
    let queue = try Queue(on: second)
    queue.change(.read(listener, [.add, .clear], token: 1))
    let client = try first.openClient(80, on: second)
    first.simulation.advance(by: .milliseconds(3))
    try first.close(client)
    #expect(queue.wait(20_000_000) == [])
    // There is room for another.
    let other = try first.openClient(80, on: second)
    #expect(queue.wait() == [.read(1, 1)])
    try first.setOption(.linger, of: other, to: 0)
    try first.close(other)
    first.simulation.advance(by: .milliseconds(20))
    expectError(.connectionAborted) { () throws(IOError) in _ = try second.accept(listener) }
    // And the port is free as soon as nobody listens.
    try second.close(listener)
    let next = try second.openSocket(.ipv4, .stream)
    try second.bind(next, to: SocketAddress(IPv4Address.unspecified, port: 80))
  }

  @Test("A listener that closes resets what waits, and what was still under way", arguments: KernelProfile.all)
  func listenerCloses(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(2))
    let (listener, port) = try second.openListener()
    let early = try WatchedSocket(try first.openClient(port, on: second), on: first)
    #expect(early.queue.wait() == [.write(2, profile.tcp.sendBuffer)])
    first.simulation.advance(by: .milliseconds(3))
    let late = try WatchedSocket(try first.openClient(port, on: second), on: first)
    let same = try WatchedSocket(try first.openClient(port, on: second), on: first)
    first.simulation.advance(by: .milliseconds(3))
    try second.close(listener)
    #expect(early.queue.wait() == early.ends(Told.reset))
    // Those were agreed to before, and learn of it by the answer to the last word of their handshake.
    first.simulation.advance(by: .milliseconds(10))
    #expect(late.queue.told().map(\.end) == [Told.reset, Told.reset])
    #expect(first.receive(late.descriptor) == .failed(.connectionReset))
    #expect(first.receive(same.descriptor) == .failed(.connectionReset))
    let after = try WatchedSocket(try first.openClient(port, on: second), on: first)
    #expect(after.queue.wait() == after.ends(Told.refused))
  }
}

@Suite("Rules: scenarios of one direction")
struct DirectionRuleTests {
  @Test(
    "S23 Reading alone learns of the end and of a reset, writing alone of a reset only",
    arguments: KernelProfile.all)
  func oneDirection(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let size = profile.tcp.sendBuffer
    for isReset in [false, true] {
      let reading = try kernel.connectedPair()
      let writing = try kernel.connectedPair()
      let neither = try kernel.connectedPair()
      queue.change(.read(reading.client, [.add, .clear], token: 1), .write(writing.client, [.add, .clear], token: 2))
      #expect(queue.told() == [.write(2, size)])
      for server in [reading.server, writing.server, neither.server] {
        if isReset { try kernel.setOption(.linger, of: server, to: 0) }
        try kernel.close(server)
      }
      let code = isReset ? Told.reset : 0
      #expect(queue.told() == [.read(1, 0, end: code)] + (isReset ? [.write(2, size, end: code)] : []))
      for client in [reading.client, writing.client, neither.client] { try kernel.close(client) }
    }
  }
}

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: streams, reading")
struct StreamRuleTests {
  @Test("R1 A listener is told of each connection, and of none by accepting", arguments: KernelProfile.both)
  func listener(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (listener, port) = try node.openListener()
    queue.change(.read(listener, [.add, .clear], token: 1), .write(listener, [.add, .clear], token: 2))
    #expect(queue.told() == [])
    for _ in 0..<3 { _ = try node.openClient(port) }
    #expect(queue.told() == [.read(1, 3)])
    _ = try node.accept(listener)
    #expect(queue.told() == [])
    _ = try node.openClient(port)
    #expect(queue.told() == [.read(1, 3)])
    for _ in 0..<3 { _ = try node.accept(listener) }
    expectKind(.wouldBlock) { () throws(IOError) in _ = try node.accept(listener) }
  }

  @Test("R1 On macOS the number includes handshakes that are not finished", arguments: KernelProfile.both)
  func unfinished(_ profile: KernelProfile) throws {
    let (server, client) = profile.machines(apart: .milliseconds(2))
    let queue = try Queue(on: server)
    let (listener, port) = try server.openListener()
    queue.change(.read(listener, [.add, .clear], token: 1))
    _ = try client.openClient(port, on: server)
    server.simulation.advance(by: .milliseconds(3))
    // The second one's request arrives at 5 ms, and its handshake is finished at 9 ms.
    _ = try client.openClient(port, on: server)
    #expect(queue.told() == [])
    server.simulation.advance(by: .milliseconds(3))
    #expect(queue.told() == [.read(1, profile == .macOS ? 2 : 1)])
    server.simulation.advance(by: .milliseconds(3))
    #expect(queue.told() == [.read(1, 2)])
  }

  @Test("R2 A socket may be watched before it listens", arguments: KernelProfile.both)
  func watchedBeforeListening(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let socket = try node.openSocket(.ipv4, .stream)
    queue.change(.read(socket, [.add, .clear], token: 1))
    try node.bind(socket, to: SocketAddress(IPv4Address.any, port: 80))
    try node.listen(socket, backlog: 4)
    #expect(queue.told() == [])
    _ = try node.openClient(80)
    #expect(queue.told() == [.read(1, 1)])
  }

  @Test(
    "R3 What can be read is the number of unread bytes, the end comes before it",
    arguments: KernelProfile.both)
  func unread(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    queue.change(.read(client, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    node.send(server, 10)
    node.send(server, 5)
    #expect(queue.told() == [.read(1, 15)])
    try node.setLinger(.zero, of: server)
    try node.close(server)
    #expect(queue.told() == [.read(1, 15, end: Told.reset)])
  }

  @Test(
    "R4 A mark of its own keeps a registration silent below it, but for the end",
    arguments: KernelProfile.both)
  func lowWaterMark(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    queue.change(.read(client, [.add, .clear], token: 1, filterFlags: KernelEvent.lowWaterMark, data: 10))
    node.send(server, 9)
    #expect(queue.told() == [])
    node.send(server, 1)
    #expect(queue.told() == [.read(1, 10)])
    node.receive(client, 8)
    try node.shutdown(server, .write)
    #expect(queue.told() == [.read(1, 2, end: 0)])
  }

  @Test("R4 macOS keeps a mark between one byte and the buffer's size", arguments: KernelProfile.both)
  func boundedMark(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    let isMacOS = profile == .macOS
    let mark = KernelEvent.lowWaterMark
    queue.change(.read(client, [.add, .clear], token: 1, filterFlags: mark, data: 0))
    #expect(queue.told() == (isMacOS ? [] : [.read(1, 0)]))
    let size = try node.option(.receiveBufferSize, of: client)
    queue.change(.read(client, .add, token: 1, filterFlags: mark, data: size + 1))
    var sent = 0
    while case .moved(let count) = node.send(server, 16_384) { sent += count }
    #expect(sent > size)
    #expect(queue.told() == (isMacOS ? [.read(1, size)] : []))
  }

  @Test("R5 Every segment fires, a partial read does not", arguments: KernelProfile.both)
  func segments(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    queue.change(.read(client, [.add, .clear], token: 1))
    node.send(server, 10)
    #expect(queue.told() == [.read(1, 10)])
    #expect(node.receive(client, 4) == .moved(4))
    #expect(queue.told() == [])
    node.send(server, 1)
    #expect(queue.told() == [.read(1, 7)])
  }

  @Test("R6 The end of a stream comes with the bytes before it", arguments: KernelProfile.both)
  func endWithBytes(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    queue.change(.read(client, [.add, .clear], token: 1))
    node.send(server, 6)
    try node.close(server)
    #expect(queue.told() == [.read(1, 6, end: 0)])
    #expect(node.receive(client) == .moved(6))
    #expect(node.receive(client) == .moved(0))
  }
}

@Suite("Rules: streams, writing and errors")
struct StreamWritingRuleTests {
  @Test("R8 A stream is writable from 2,048 free bytes on", arguments: KernelProfile.both)
  func space(_ profile: KernelProfile) throws {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let queue = try Queue(on: first)
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    first.simulation.advance(by: .milliseconds(10))
    _ = try second.accept(listener)
    let size = profile.tcpSendBuffer
    // What is on its way takes room until it is acknowledged.
    #expect(first.send(client, size - 2_048) == .moved(size - 2_048))
    queue.change(.write(client, [.add, .clear], token: 1))
    #expect(queue.told() == [.write(1, 2_048)])
    #expect(first.send(client, 1) == .moved(1))
    queue.change(.write(client, .enable, token: 1))
    #expect(queue.told() == [])
    #expect(queue.wait() == [.write(1, size)])
  }

  @Test("R8 A registration may have a mark of its own", arguments: KernelProfile.both)
  func writingMark(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    let size = profile.tcpSendBuffer
    let mark = KernelEvent.lowWaterMark
    queue.change(.write(client, [.add, .clear], token: 1, filterFlags: mark, data: size))
    #expect(queue.told() == [.write(1, size)])
    queue.change(.write(client, .add, token: 1, filterFlags: mark, data: size + 1))
    #expect(queue.told() == (profile == .macOS ? [.write(1, size)] : []))
    try node.setLinger(.zero, of: server)
    try node.close(server)
    #expect(queue.told() == [.write(1, size, end: Told.reset)])
  }

  @Test("R9 What is not connected is never writable", arguments: KernelProfile.both)
  func unconnected(_ profile: KernelProfile) throws {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let queue = try Queue(on: first)
    let (listener, _) = try first.openListener()
    let idle = try first.openSocket(.ipv4, .stream)
    let (_, port) = try second.openListener()
    let connecting = try first.openClient(port, on: second)
    for descriptor in [listener, idle, connecting] {
      queue.change(.write(descriptor, [.add, .clear], token: UInt(descriptor)))
    }
    queue.change(.read(idle, [.add, .clear]), .read(connecting, [.add, .clear]))
    #expect(queue.told() == [])
    #expect(queue.wait().map(\.token) == [UInt(connecting)])
    #expect(queue.wait(1_000_000_000) == [])
  }

  @Test("R10 Every acknowledgement fires, though no write would have blocked", arguments: KernelProfile.both)
  func acknowledgements(_ profile: KernelProfile) throws {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let queue = try Queue(on: first)
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    queue.change(.write(client, [.add, .clear], token: 1))
    let size = profile.tcpSendBuffer
    #expect(queue.wait() == [.write(1, size)])
    #expect(queue.wait(10_000_000) == [])
    _ = try second.accept(listener)
    first.send(client, 1)
    #expect(queue.wait() == [.write(1, size)])
    // Two segments, one tick apart, are acknowledged one by one.
    first.send(client, 10)
    first.simulation.advance(by: .nanoseconds(5))
    first.send(client, 20)
    #expect(queue.wait() == [.write(1, size - 20)])
    #expect(queue.wait() == [.write(1, size)])
    #expect(queue.wait(1_000_000_000) == [])
  }

  @Test(
    "R10 A peer that does not read keeps its acknowledgements coming only while it has room",
    arguments: KernelProfile.both)
  func fullWindow(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let (client, server) = try node.connectedPair()
    var sent = 0
    while case .moved(let count) = node.send(client, 10_000) { sent += count }
    #expect(sent == profile.tcpSendBuffer + profile.tcpReceiveBuffer)
    queue.change(.write(client, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    // Reading makes room, which the waiting bytes go into, and those are acknowledged.
    #expect(node.receive(server, 5_000) == .moved(5_000))
    #expect(queue.told() == [.write(1, 5_000)])
    #expect(node.send(client, 10_000) == .moved(5_000))
    #expect(node.send(client, 1) == .failed(.wouldBlock))
  }

  @Test("R12 A stream takes what fits, and would block below the mark", arguments: KernelProfile.both)
  func sending(_ profile: KernelProfile) throws {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    first.simulation.advance(by: .milliseconds(10))
    _ = try second.accept(listener)
    let size = profile.tcpSendBuffer
    #expect(first.send(client, size - 2_048) == .moved(size - 2_048))
    // At the mark a part is taken.
    #expect(first.send(client, 5_000) == .moved(2_048))
    #expect(first.send(client, 1) == .failed(.wouldBlock))
    first.simulation.advance(by: .milliseconds(10))
    #expect(first.send(client, size - 100) == .moved(size - 100))
    // Below the mark all is taken or nothing.
    #expect(first.send(client, 101) == .failed(.wouldBlock))
    #expect(first.send(client, 100) == .moved(100))
    #expect(first.send(client, 0) == .moved(0))
  }

  @Test(
    "R14 A pending error is told once, and the event's code is 0 from then on", arguments: KernelProfile.both)
  func errorOnce(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    for way in 0..<2 {
      let (client, server) = try node.connectedPair()
      queue.change(.read(client, [.add, .clear], token: 1))
      try node.setLinger(.zero, of: server)
      try node.close(server)
      #expect(queue.told() == [.read(1, 0, end: Told.reset)])
      queue.change(.read(client, .enable, token: 1))
      #expect(node.peek(client) == .failed(.connectionReset))
      #expect(queue.told() == [.read(1, 0, end: Told.reset)])
      if way == 0 {
        #expect(node.receive(client) == .failed(.connectionReset))
        #expect(try node.takePendingError(of: client) == nil)
      } else {
        #expect(try node.takePendingError(of: client)?.kind == .connectionReset)
      }
      #expect(node.receive(client) == .moved(0))
      queue.change(.read(client, .enable, token: 1))
      #expect(queue.told() == [.read(1, 0, end: 0)])
    }
  }

  @Test("R14 A refused connection's error goes to the first who asks", arguments: KernelProfile.both)
  func refusedError(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let client = try node.openClient(9)
    #expect(node.receive(client) == .failed(.connectionRefused))
    #expect(try node.takePendingError(of: client) == nil)
  }

  @Test(
    "R15 Data comes before the error, the error before the end; a write is told of the end",
    arguments: KernelProfile.both)
  func orderOfChecks(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let (client, server) = try node.connectedPair()
    node.send(server, 3)
    try node.setLinger(.zero, of: server)
    try node.close(server)
    #expect(node.send(client, 1) == .failed(.brokenPipe))
    #expect(node.receive(client) == .moved(3))
    #expect(node.send(client, 1) == .failed(.brokenPipe))
    #expect(node.receive(client) == .failed(.connectionReset))
    #expect(node.receive(client) == .moved(0))
    #expect(node.receive(client) == .moved(0))
  }

  @Test("R16 The code beside the end has the number of macOS and FreeBSD", arguments: KernelProfile.both)
  func numbers(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let queue = try Queue(on: node)
    let client = try node.openClient(9)
    queue.change(.read(client, [.add, .clear], token: 1))
    #expect(queue.collect().map(\.filterFlags) == [61])
    #expect(try node.takePendingError(of: client)?.code == 61)
  }
}

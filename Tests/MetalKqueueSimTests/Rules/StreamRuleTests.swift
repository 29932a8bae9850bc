import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: streams, reading")
struct StreamRuleTests {
  @Test(
    "R1 A listener is told of each connection; accepting tells of the rest, but on macOS",
    arguments: KernelProfile.all)
  func listener(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let (listener, port) = try kernel.openListener()
    queue.change(.read(listener, [.add, .clear], token: 1), .write(listener, [.add, .clear], token: 2))
    #expect(queue.told() == [])
    for _ in 0..<3 { _ = try kernel.openClient(port) }
    #expect(queue.told() == [.read(1, 3)])
    _ = try kernel.accept(listener)
    #expect(queue.told() == (profile == .macOS ? [] : [.read(1, 2)]))
    #expect(queue.told() == [])
    _ = try kernel.openClient(port)
    #expect(queue.told() == [.read(1, 3)])
    for left in [2, 1, 0] {
      _ = try kernel.accept(listener)
      #expect(queue.told() == (profile == .macOS || left == 0 ? [] : [.read(1, left)]))
    }
    expectError(.wouldBlock) { () throws(IOError) in _ = try kernel.accept(listener) }
    #expect(queue.told() == [])
  }

  @Test("R1 On macOS the number includes handshakes that are not finished", arguments: KernelProfile.all)
  func unfinished(_ profile: KernelProfile) throws(IOError) {
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

  @Test("R2 A socket may be watched before it listens, but on NetBSD", arguments: KernelProfile.all)
  func watchedBeforeListening(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let socket = try kernel.openSocket(.ipv4, .stream)
    queue.change(.read(socket, [.add, .clear], token: 1))
    try kernel.bind(socket, to: SocketAddress(IPv4Address.unspecified, port: 80))
    try kernel.listen(socket, backlog: 4)
    #expect(queue.told() == [])
    _ = try kernel.openClient(80)
    #expect(queue.told() == (profile == .netBSD ? [] : [.read(1, 1)]))
    // A change is not enough there: the registration has to be made anew.
    queue.change(.read(socket, .add, token: 2))
    #expect(queue.told() == (profile == .netBSD ? [] : [.read(2, 1)]))
    queue.change(.read(socket, .delete), .read(socket, [.add, .clear], token: 3))
    #expect(queue.told() == [.read(3, 1)])
  }

  @Test("R3 What can be read is the number of unread bytes, the end comes before it", arguments: KernelProfile.all)
  func unread(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    kernel.send(server, 10)
    kernel.send(server, 5)
    #expect(queue.told() == [.read(1, 15)])
    try kernel.setOption(.linger, of: server, to: 0)
    try kernel.close(server)
    #expect(queue.told() == [.read(1, 15, end: Told.reset)])
  }

  @Test("R4 A mark of its own keeps a registration silent below it, but for the end", arguments: KernelProfile.all)
  func lowWaterMark(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1, filterFlags: KernelEvent.lowWaterMark, data: 10))
    kernel.send(server, 9)
    #expect(queue.told() == [])
    kernel.send(server, 1)
    #expect(queue.told() == [.read(1, 10)])
    kernel.receive(client, 8)
    try kernel.shutdown(server, .write)
    #expect(queue.told() == [.read(1, 2, end: 0)])
  }

  @Test("R4 macOS keeps a mark between one byte and the buffer's size", arguments: KernelProfile.all)
  func boundedMark(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    let isMacOS = profile == .macOS
    let mark = KernelEvent.lowWaterMark
    queue.change(.read(client, [.add, .clear], token: 1, filterFlags: mark, data: 0))
    #expect(queue.told() == (isMacOS ? [] : [.read(1, 0)]))
    let size = try kernel.option(.receiveBufferSize, of: client)
    queue.change(.read(client, .add, token: 1, filterFlags: mark, data: size + 1))
    var sent = 0
    while case .moved(let count) = kernel.send(server, 16_384) { sent += count }
    #expect(sent > size)
    #expect(queue.told() == (isMacOS ? [.read(1, size)] : []))
  }

  @Test("R5 Every segment fires, a partial read does not", arguments: KernelProfile.all)
  func segments(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.send(server, 10)
    #expect(queue.told() == [.read(1, 10)])
    #expect(kernel.receive(client, 4) == .moved(4))
    #expect(queue.told() == [])
    kernel.send(server, 1)
    #expect(queue.told() == [.read(1, 7)])
  }

  @Test("R6 The end of a stream comes with the bytes before it", arguments: KernelProfile.all)
  func endWithBytes(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.send(server, 6)
    try kernel.close(server)
    #expect(queue.told() == [.read(1, 6, end: 0)])
    #expect(kernel.receive(client) == .moved(6))
    #expect(kernel.receive(client) == .moved(0))
  }
}

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: streams, writing and errors")
struct StreamWritingRuleTests {
  @Test("R8 A stream is writable from 2,048 free bytes on", arguments: KernelProfile.all)
  func space(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let queue = try Queue(on: first)
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    first.simulation.advance(by: .milliseconds(10))
    _ = try second.accept(listener)
    let size = profile.tcp.sendBuffer
    // What is on its way takes room until it is acknowledged.
    #expect(first.send(client, size - 2_048) == .moved(size - 2_048))
    queue.change(.write(client, [.add, .clear], token: 1))
    #expect(queue.told() == [.write(1, 2_048)])
    #expect(first.send(client, 1) == .moved(1))
    queue.change(.write(client, .enable, token: 1))
    #expect(queue.told() == [])
    #expect(queue.wait() == [.write(1, size)])
  }

  @Test("R8 A registration may have a mark of its own", arguments: KernelProfile.all)
  func writingMark(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    let size = profile.tcp.sendBuffer
    let mark = KernelEvent.lowWaterMark
    queue.change(.write(client, [.add, .clear], token: 1, filterFlags: mark, data: size))
    #expect(queue.told() == [.write(1, size)])
    queue.change(.write(client, .add, token: 1, filterFlags: mark, data: size + 1))
    #expect(queue.told() == (profile == .macOS ? [.write(1, size)] : []))
    try kernel.setOption(.linger, of: server, to: 0)
    try kernel.close(server)
    #expect(queue.told() == [.write(1, size, end: Told.reset)])
  }

  @Test("R9 What is not connected is never writable", arguments: KernelProfile.all)
  func unconnected(_ profile: KernelProfile) throws(IOError) {
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

  @Test("R10 Every acknowledgement fires, though no write would have blocked", arguments: KernelProfile.all)
  func acknowledgements(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let queue = try Queue(on: first)
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    queue.change(.write(client, [.add, .clear], token: 1))
    let size = profile.tcp.sendBuffer
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
    arguments: KernelProfile.all)
  func fullWindow(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    var sent = 0
    while case .moved(let count) = kernel.send(client, 10_000) { sent += count }
    #expect(sent == profile.tcp.sendBuffer + profile.tcp.receiveBuffer)
    queue.change(.write(client, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    // Reading makes room, but no small room is announced: that would lead to small segments.
    let update = profile.tcp.windowUpdate
    #expect(kernel.receive(server, 5_000) == .moved(5_000))
    #expect(queue.told() == [])
    #expect(kernel.receive(server, update - 5_001) == .moved(update - 5_001))
    #expect(queue.told() == [])
    // The waiting bytes go into the room, and are acknowledged.
    #expect(kernel.receive(server, 1) == .moved(1))
    #expect(queue.told() == [.write(1, update)])
    #expect(kernel.send(client, update + 1) == .moved(update))
    #expect(kernel.send(client, 1) == .failed(.wouldBlock))
  }

  @Test("R10 Half of a small receive buffer is announced", arguments: KernelProfile.all)
  func smallWindow(_ profile: KernelProfile) throws(IOError) {
    var profile = profile
    profile.tcp.receiveBuffer = 1_000
    let (kernel, _, client, server) = try profile.connectedMachine()
    #expect(kernel.send(client, profile.tcp.sendBuffer) == .moved(profile.tcp.sendBuffer))
    #expect(kernel.send(client, 1_000) == .moved(1_000))
    #expect(kernel.receive(server, 499) == .moved(499))
    #expect(kernel.send(client, 1) == .failed(.wouldBlock))
    #expect(kernel.receive(server, 1) == .moved(1))
    #expect(kernel.send(client, 500) == .moved(500))
  }

  @Test("R12 A stream takes what fits, and would block below the mark", arguments: KernelProfile.all)
  func sending(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    first.simulation.advance(by: .milliseconds(10))
    _ = try second.accept(listener)
    let size = profile.tcp.sendBuffer
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

  @Test("R14 A pending error is told once, and the event's code is 0 from then on", arguments: KernelProfile.all)
  func errorOnce(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    for way in 0..<2 {
      let (client, server) = try kernel.connectedPair()
      queue.change(.read(client, [.add, .clear], token: 1))
      try kernel.setOption(.linger, of: server, to: 0)
      try kernel.close(server)
      #expect(queue.told() == [.read(1, 0, end: Told.reset)])
      queue.change(.read(client, .enable, token: 1))
      #expect(kernel.peek(client) == .failed(.connectionReset))
      #expect(queue.told() == [.read(1, 0, end: Told.reset)])
      if way == 0 {
        #expect(kernel.receive(client) == .failed(.connectionReset))
        #expect(try kernel.takePendingError(of: client) == nil)
      } else {
        #expect(try kernel.takePendingError(of: client)?.kind == .connectionReset)
      }
      #expect(kernel.receive(client) == .moved(0))
      queue.change(.read(client, .enable, token: 1))
      #expect(queue.told() == [.read(1, 0, end: 0)])
    }
  }

  @Test("R14 A refused connection's error goes to the first who asks", arguments: KernelProfile.all)
  func refusedError(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let client = try kernel.openClient(9)
    #expect(kernel.receive(client) == .failed(.connectionRefused))
    #expect(try kernel.takePendingError(of: client) == nil)
  }

  @Test(
    "R15 Data comes before the error, the error before the end; a write is told of the end",
    arguments: KernelProfile.all)
  func orderOfChecks(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let (client, server) = try kernel.connectedPair()
    kernel.send(server, 3)
    try kernel.setOption(.linger, of: server, to: 0)
    try kernel.close(server)
    #expect(kernel.send(client, 1) == .failed(.brokenPipe))
    #expect(kernel.receive(client) == .moved(3))
    #expect(kernel.send(client, 1) == .failed(.brokenPipe))
    #expect(kernel.receive(client) == .failed(.connectionReset))
    #expect(kernel.receive(client) == .moved(0))
    #expect(kernel.receive(client) == .moved(0))
  }

  @Test("R16 The code beside the end has the number of macOS and FreeBSD", arguments: KernelProfile.all)
  func numbers(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let client = try kernel.openClient(9)
    queue.change(.read(client, [.add, .clear], token: 1))
    #expect(queue.collect().map(\.filterFlags) == [61])
    #expect(try kernel.takePendingError(of: client)?.code == 61)
  }
}

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: activation and delivery")
struct DeliveryTests {
  /// Makes pipes that are watched for reading under the tokens 0, 1, ….
  private func pipes(_ count: Int, _ queue: Queue, _ flags: KernelEvent.Flags) throws(IOError) -> [Pair<Int32, Int32>] {
    try (0..<count).map { (index) throws(IOError) in
      let pipe = try queue.kernel.openPipe()
      queue.change(.read(pipe.first, flags.union(.add), token: UInt(index)))
      return pipe
    }
  }

  @Test("D1 Events come in the order in which their registrations became active", arguments: KernelProfile.all)
  func order(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let pipes = try pipes(4, queue, .clear)
    for index in [2, 0, 3, 1, 2, 0] { kernel.write(pipes[index].second, 1) }
    #expect(queue.told() == [.read(2, 2), .read(0, 2), .read(3, 1), .read(1, 1)])
  }

  @Test("D2 However many edges there were, a registration has one event", arguments: KernelProfile.all)
  func coalescing(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    for _ in 0..<10 { kernel.send(server, 2) }
    #expect(queue.told() == [.read(1, 20)])
    #expect(queue.told() == [])
  }

  @Test("D3 A call delivers no more than was there when it began to collect", arguments: KernelProfile.all)
  func mark(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let pipes = try pipes(3, queue, [])
    for pipe in pipes { kernel.write(pipe.second, 1) }
    #expect(queue.told(limit: 16).map(\.token) == [0, 1, 2])
  }

  @Test("D4 What was read before the poll is not told of", arguments: KernelProfile.all)
  func readBefore(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    for flags: KernelEvent.Flags in [.clear, []] {
      let queue = try Queue(on: kernel)
      let (client, server) = try kernel.connectedPair()
      queue.change(.read(client, flags.union(.add), token: 1))
      kernel.send(server, 5)
      #expect(kernel.receive(client) == .moved(5))
      #expect(queue.told() == [])
      kernel.send(server, 1)
      #expect(queue.told() == [.read(1, 1)])
    }
  }

  @Test("D4 An event tells what holds when it is delivered", arguments: KernelProfile.all)
  func valuesOfNow(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.send(server, 5)
    kernel.receive(client, 3)
    try kernel.shutdown(server, .write)
    #expect(queue.told() == [.read(1, 2, end: 0)])
  }

  @Test("D5 After delivery an edge is silent, a level comes again", arguments: KernelProfile.all)
  func afterDelivery(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let edge = try kernel.connectedPair()
    let level = try kernel.connectedPair()
    queue.change(.read(edge.client, [.add, .clear], token: 1), .read(level.client, .add, token: 2))
    kernel.send(edge.server, 1)
    kernel.send(level.server, 1)
    #expect(queue.told() == [.read(1, 1), .read(2, 1)])
    for _ in 0..<3 { #expect(queue.told() == [.read(2, 1)]) }
    kernel.receive(level.client)
    #expect(queue.told() == [])
  }

  @Test("D6 Levels take turns when there is little room", arguments: KernelProfile.all)
  func rotation(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let pipes = try pipes(5, queue, [])
    for pipe in pipes { kernel.write(pipe.second, 1) }
    #expect(queue.told(limit: 2).map(\.token) == [0, 1])
    #expect(queue.told(limit: 2).map(\.token) == [2, 3])
    #expect(queue.told(limit: 2).map(\.token) == [4, 0])
    #expect(queue.told(limit: 16).map(\.token) == [1, 2, 3, 4, 0])
  }

  @Test("D6 Edges for which there was no room keep their place", arguments: KernelProfile.all)
  func noRoom(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let pipes = try pipes(4, queue, .clear)
    for pipe in pipes { kernel.write(pipe.second, 1) }
    #expect(queue.told(limit: 1).map(\.token) == [0])
    kernel.write(pipes[0].second, 1)
    #expect(queue.told(limit: 2).map(\.token) == [1, 2])
    #expect(queue.told(limit: 2).map(\.token) == [3, 0])
    #expect(queue.told() == [])
  }

  @Test("D7 A wait goes on if what woke it is not true any more", arguments: KernelProfile.all)
  func goesOn(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.simulation.schedule(after: .milliseconds(1)) {
      kernel.send(server, 1)
      kernel.receive(client)
    }
    #expect(queue.wait(3_000_000) == [])
    #expect(kernel.simulation.now == .milliseconds(3))
    kernel.simulation.schedule(after: .milliseconds(1)) { kernel.send(server, 2) }
    #expect(queue.wait(3_000_000) == [.read(1, 2)])
    #expect(kernel.simulation.now == .milliseconds(4))
  }

  @Test("D8 Both directions of a source come in the order of their activation", arguments: KernelProfile.all)
  func directions(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 1)
    queue.change(.read(client, [.add, .clear]), .write(client, [.add, .clear]))
    #expect(queue.told().map(\.filter) == [.read, .write])
    queue.change(.write(client, .add), .read(client, .add))
    #expect(queue.told().map(\.filter) == [.write, .read])
  }

  @Test("D9 An event shows the flag of adding, but on FreeBSD", arguments: KernelProfile.all)
  func addFlag(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    queue.change(.read(pipe.first, [.add, .clear, .enable]), .user(1, [.add, .clear]))
    kernel.write(pipe.second, 1)
    queue.change(.user(1, .enable, UserEventFlags.trigger))
    let shown: KernelEvent.Flags = profile == .freeBSD ? .clear : [.add, .clear]
    for event in queue.collect() {
      #expect(event.flags.intersection([.add, .clear, .delete, .disable]) == shown)
      #expect(profile != .freeBSD || !event.flags.contains(.enable))
    }
  }

  @Test("D10 Anything new is an edge, though the old was not read; nothing new is none", arguments: KernelProfile.all)
  func edges(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    for count in 1...4 {
      kernel.send(server, 1)
      #expect(queue.told() == [.read(1, count)])
      #expect(queue.told() == [])
    }
    kernel.receive(client, 2)
    #expect(queue.told() == [])
    #expect(queue.wait(1_000_000_000) == [])
  }

  @Test("D11 The end of a stream is told with every later event", arguments: KernelProfile.all)
  func endStays(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.send(server, 3)
    try kernel.shutdown(server, .write)
    #expect(queue.told() == [.read(1, 3, end: 0)])
    queue.change(.read(client, .enable, token: 1))
    #expect(queue.told() == [.read(1, 3, end: 0)])
    kernel.receive(client)
    queue.change(.read(client, .enable, token: 1))
    #expect(queue.told() == [.read(1, 0, end: 0)])
    #expect(kernel.receive(client) == .moved(0))
    queue.change(.read(client, .enable, token: 1))
    #expect(queue.told() == [.read(1, 0, end: 0)])
  }
}

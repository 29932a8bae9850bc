import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: what a registration is, and how it is changed")
struct KnoteRuleTests {
  @Test("L1 The directions of a descriptor are registrations of their own", arguments: KernelProfile.all)
  func directions(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(
      .read(client, [.add, .clear], token: 1), .write(client, [.add, .clear], token: 2),
      .read(client, .disable, token: 1))
    kernel.send(server, 4)
    #expect(queue.told() == [.write(2, profile.tcp.sendBuffer)])
    #expect(queue.receipts(.write(client, .delete), .write(client, .delete)) == [nil, .notFound])
    queue.change(.read(client, .enable, token: 3))
    #expect(queue.told() == [.read(3, 4)])
  }

  @Test("L1 A descriptor in two queues is two registrations, and each sees every edge", arguments: KernelProfile.all)
  func queues(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let first = try Queue(on: kernel)
    let second = try Queue(on: kernel)
    let (client, server) = try kernel.connectedPair()
    first.change(.read(client, [.add, .clear], token: 1))
    second.change(.read(client, [.add, .clear], token: 2))
    for count in 1...3 {
      kernel.send(server, 1)
      #expect(first.told() == [.read(1, count)])
      #expect(second.told() == [.read(2, count)])
    }
  }

  @Test("L2 Adding what is there replaces its token, flags and number, and nothing else", arguments: KernelProfile.all)
  func addAgain(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 4)
    let mark = KernelEvent.lowWaterMark
    #expect(
      queue.receipts(
        .read(client, [.add, .clear], token: 1, filterFlags: mark, data: 9),
        .read(client, [.add, .clear], token: 2, filterFlags: mark, data: 8)) == [nil, nil])
    #expect(queue.told() == [])
    queue.change(.read(client, [.add, .clear], token: 3, filterFlags: mark, data: 4))
    #expect(queue.told() == [.read(3, 4)])
    queue.change(.read(client, [.add, .clear], token: 4, filterFlags: mark, data: 9))
    #expect(queue.told() == [])
    // Without the flag the mark is the socket's own again.
    queue.change(.read(client, .add, token: 5))
    #expect(queue.told() == [.read(5, 4)])
    #expect(queue.receipts(.read(client, .delete), .read(client, .delete)) == [nil, .notFound])
  }

  @Test("L3 Edge or level, one shot and dispatch are fixed by the first change", arguments: KernelProfile.all)
  func fixedFlags(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 4)
    queue.change(.read(client, [.add, .clear]), .read(client, .add))
    #expect(queue.told().count == 1)
    #expect(queue.told() == [])
    queue.change(.read(client, .delete), .read(client, .add), .read(client, [.add, .clear, .oneShot, .dispatch]))
    for _ in 0..<3 { #expect(queue.told().count == 1) }
  }

  @Test("L3 Every event shows the flags of the first change", arguments: KernelProfile.all)
  func shownFlags(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    let shown: KernelEvent.Flags = profile.queues.showsAddFlag ? .add : []
    #expect(queue.receipts(.read(client, [.add, .clear, .dispatch])) == [nil])
    for _ in 0..<2 {
      kernel.send(server, 1)
      #expect(queue.collect().map(\.flags) == [shown.union([.clear, .dispatch, .receipt])])
      kernel.receive(client)
      #expect(queue.receipts(.read(client, .enable)) == [nil])
    }
  }

  @Test("L4 Any change that is made re-arms an edge that was consumed", arguments: KernelProfile.all)
  func rearming(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.send(server, 4)
    #expect(queue.told() == [.read(1, 4)])
    #expect(queue.told() == [])
    for flags: KernelEvent.Flags in [[.add, .clear], .add, .enable, []] {
      queue.change(.read(client, flags, token: 2))
      #expect(queue.told() == [.read(2, 4)])
      #expect(queue.told() == [])
    }
    kernel.receive(client)
    queue.change(.read(client, .add, token: 3))
    #expect(queue.told() == [])
  }

  @Test("L5 Any change replaces the token, also of an event that is pending", arguments: KernelProfile.all)
  func tokens(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    kernel.send(server, 4)
    queue.change(.read(client, .enable, token: 2))
    #expect(queue.told() == [.read(2, 4)])
    kernel.send(server, 4)
    queue.change(.read(client, .disable, token: 3), .read(client, .enable))
    #expect(queue.told() == [.read(0, 8)])
  }

  @Test("L6 A condition that holds already fires at the first change", arguments: KernelProfile.all)
  func firstAdd(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 4)
    queue.change(.read(client, [.add, .clear], token: 1), .write(client, [.add, .clear], token: 2))
    #expect(queue.told() == [.read(1, 4), .write(2, profile.tcp.sendBuffer)])
  }

  @Test("L7 Disabling keeps what happens meanwhile, and enabling asks anew", arguments: KernelProfile.all)
  func disabling(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1), .read(client, .disable, token: 1))
    kernel.send(server, 4)
    #expect(queue.told() == [])
    queue.change(.read(client, .enable, token: 1))
    #expect(queue.told() == [.read(1, 4)])
    // An event that is pending when it is disabled is kept, too, and dropped if it is not true any more.
    kernel.send(server, 1)
    queue.change(.read(client, .disable, token: 1))
    #expect(queue.told() == [])
    kernel.receive(client)
    queue.change(.read(client, .enable, token: 1))
    #expect(queue.told() == [])
    kernel.send(server, 2)
    #expect(queue.told() == [.read(1, 2)])
  }

  @Test("L7 A registration can be made disabled", arguments: KernelProfile.all)
  func addedDisabled(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 4)
    queue.change(.read(client, [.add, .clear, .disable], token: 1))
    #expect(queue.told() == [])
    queue.change(.read(client, .enable, token: 1))
    #expect(queue.told() == [.read(1, 4)])
  }

  @Test("L8 Adding alone does not enable, adding and enabling does", arguments: KernelProfile.all)
  func addDoesNotEnable(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 4)
    queue.change(.read(client, [.add, .clear, .disable]), .read(client, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    queue.change(.read(client, [.add, .enable], token: 1))
    #expect(queue.told() == [.read(1, 4)])
  }

  @Test("L9 Contradicting flags: adding and deleting is made, but on macOS", arguments: KernelProfile.all)
  func contradictions(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    let isMacOS = profile == .macOS
    kernel.send(server, 4)
    #expect(queue.receipts(.read(client, [.add, .delete])) == [isMacOS ? .notFound : nil])
    #expect(queue.receipts(.read(client, .delete)) == [isMacOS ? .notFound : nil])
    #expect(queue.told() == [])
  }

  @Test("L9 Enabling and disabling: macOS disables, NetBSD enables, FreeBSD refuses", arguments: KernelProfile.all)
  func enabledAndDisabled(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    kernel.send(server, 4)
    queue.change(.read(client, [.add, .clear, .disable]))
    let refusal: IOError.Kind? = profile == .freeBSD ? .invalidInput : nil
    #expect(queue.receipts(.read(client, [.enable, .disable], token: 1)) == [refusal])
    #expect(queue.told() == (profile == .netBSD ? [.read(1, 4)] : []))
    #expect(queue.receipts(.write(client, [.add, .clear, .enable, .disable], token: 2)) == [refusal])
    #expect(queue.told() == (profile == .netBSD ? [.write(2, profile.tcp.sendBuffer)] : []))
  }

  @Test("L10 What is not there cannot be changed or deleted", arguments: KernelProfile.all)
  func missing(_ profile: KernelProfile) throws(IOError) {
    let (_, queue, pipe) = try profile.pipedMachine()
    for flags: KernelEvent.Flags in [.delete, .enable, .disable, []] {
      #expect(queue.receipts(.read(pipe.first, flags), .user(1, flags)) == [.notFound, .notFound])
    }
  }

  @Test("L10 Deleting drops an event that is pending", arguments: KernelProfile.all)
  func deleting(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear]), .user(1, .add))
    kernel.send(server, 4)
    queue.change(.user(1, [], UserEventFlags.trigger))
    queue.change(.read(client, .delete), .user(1, .delete))
    #expect(queue.told() == [])
    // What is made anew is not told of what was before.
    queue.change(.user(1, .add))
    #expect(queue.told() == [])
  }

  @Test("L11 A change to a closed descriptor that adds nothing: which error", arguments: KernelProfile.all)
  func closedDescriptor(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    queue.change(.read(pipe.first, [.add, .clear]))
    try kernel.close(pipe.first)
    let expected: IOError.Kind = profile == .macOS ? .notFound : .badDescriptor
    for descriptor in [pipe.first, 99, -1] {
      #expect(queue.receipts(.read(descriptor, .delete), .write(descriptor, .enable)) == [expected, expected])
      #expect(queue.receipts(.read(descriptor, .add), .write(descriptor, .add)) == [.badDescriptor, .badDescriptor])
    }
  }
}

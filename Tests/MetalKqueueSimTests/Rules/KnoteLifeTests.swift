import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: how a registration ends")
struct KnoteLifeTests {
  @Test("L12 A one-shot is gone when it was delivered", arguments: KernelProfile.all)
  func oneShot(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .oneShot], token: 1))
    kernel.send(server, 4)
    #expect(queue.told() == [.read(1, 4)])
    kernel.send(server, 4)
    #expect(queue.told() == [])
    #expect(queue.receipts(.read(client, .delete)) == [.notFound])
  }

  @Test(
    "L12 A one-shot is asked again on macOS, and told as it was found on FreeBSD and NetBSD",
    arguments: KernelProfile.all)
  func oneShotValues(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .oneShot], token: 1))
    kernel.send(server, 4)
    kernel.receive(client, 3)
    if profile != .macOS {
      #expect(queue.told() == [.read(1, 4)])
      #expect(queue.receipts(.read(client, .delete)) == [.notFound])
    } else {
      kernel.receive(client, 1)
      #expect(queue.told() == [])
      // It was not delivered, so it is still there.
      kernel.send(server, 2)
      #expect(queue.told() == [.read(1, 2)])
    }
  }

  @Test("L12 A one-shot tells what its filter found last", arguments: KernelProfile.all)
  func oneShotLastValues(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .oneShot], token: 1))
    kernel.send(server, 4)
    kernel.send(server, 3)
    #expect(queue.told() == [.read(1, 7)])
  }

  @Test("L13 Dispatch disables with each delivery, and enabling re-arms", arguments: KernelProfile.all)
  func dispatch(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    for flags: KernelEvent.Flags in [.dispatch, [.dispatch, .clear]] where profile != .netBSD || flags == .dispatch {
      let queue = try Queue(on: kernel)
      let (client, server) = try kernel.connectedPair()
      queue.change(.read(client, flags.union(.add), token: 1))
      kernel.send(server, 4)
      #expect(queue.told() == [.read(1, 4)])
      kernel.send(server, 4)
      #expect(queue.told() == [])
      queue.change(.read(client, .enable, token: 2))
      #expect(queue.told() == [.read(2, 8)])
      queue.change(.read(client, [.add, .enable], token: 3))
      #expect(queue.told() == [.read(3, 8)])
      queue.change(.read(client, .add, token: 4))
      #expect(queue.told() == [])
      kernel.receive(client)
      queue.change(.read(client, .enable, token: 5))
      #expect(queue.told() == [])
    }
  }

  @Test("L13 On NetBSD dispatch does not disable an edge")
  func dispatchedEdge() throws(IOError) {
    let (kernel, queue, client, server) = try KernelProfile.netBSD.connectedMachine()
    queue.change(.read(client, [.add, .dispatch, .clear], token: 1))
    for count in [4, 8] {
      kernel.send(server, 4)
      #expect(queue.told() == [.read(1, count)])
      #expect(queue.told() == [])
    }
  }

  @Test("L14 Closing a descriptor ends its registrations, a duplicate notwithstanding", arguments: KernelProfile.all)
  func closing(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let first = try Queue(on: kernel)
    let second = try Queue(on: kernel)
    let (client, server) = try kernel.connectedPair()
    let copy = try kernel.duplicate(client)
    first.change(.read(client, [.add, .clear], token: 1), .write(client, [.add, .clear], token: 2))
    second.change(.read(client, [.add, .clear], token: 3), .read(copy, [.add, .clear], token: 4))
    kernel.send(server, 4)
    try kernel.close(client)
    // Those of the number are gone in every queue, with what was pending; those of the duplicate are not.
    #expect(first.told() == [])
    #expect(second.told() == [.read(4, 4)])
    kernel.send(server, 4)
    #expect(first.told() == [])
    #expect(second.told() == [.read(4, 8)])
    #expect(kernel.receive(copy) == .moved(8))
  }

  @Test("L14 A user event with a descriptor's number does not go with it", arguments: KernelProfile.all)
  func userEventStays(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    queue.change(
      .user(UInt(pipe.first), [.add, .clear]), .user(UInt(pipe.first), [], UserEventFlags.trigger, token: 6))
    try kernel.close(pipe.first)
    #expect(queue.told() == [.user(6)])
  }

  @Test("L15 A duplicate has no registrations, and a reused number begins clean", arguments: KernelProfile.all)
  func reuse(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, client, server) = try profile.connectedMachine()
    queue.change(.read(client, [.add, .clear], token: 1))
    let copy = try kernel.duplicate(client)
    #expect(queue.receipts(.read(copy, .delete)) == [.notFound])
    kernel.send(server, 4)
    try kernel.close(client)
    let pipe = try kernel.openPipe()
    #expect(pipe.first == client)
    kernel.write(pipe.second, 2)
    #expect(queue.told() == [])
    #expect(queue.receipts(.read(pipe.first, .delete)) == [.notFound])
    queue.change(.read(pipe.first, [.add, .clear], token: 2))
    #expect(queue.told() == [.read(2, 2)])
  }

  @Test("L16 An event that was handed out is not taken back", arguments: KernelProfile.all)
  func batch(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let first = try kernel.openPipe()
    let second = try kernel.openPipe()
    queue.change(.read(first.first, [.add, .clear], token: 1), .read(second.first, [.add, .clear], token: 2))
    kernel.write(first.second, 1)
    kernel.write(second.second, 1)
    let batch = queue.told()
    #expect(batch == [.read(1, 1), .read(2, 1)])
    // The handler of the first closes the second's descriptor and opens its number anew.
    try kernel.close(second.first)
    let third = try kernel.openPipe()
    #expect(third.first == second.first)
    queue.change(.read(third.first, [.add, .clear], token: 3))
    // The second event still has the old token, which alone tells that it is stale.
    #expect(batch[1].token == 2)
    #expect(queue.told() == [])
  }

  @Test("L17 Closing a queue drops its registrations and nothing else", arguments: KernelProfile.all)
  func closingQueue(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let first = try Queue(on: kernel)
    let second = try Queue(on: kernel)
    let (client, server) = try kernel.connectedPair()
    first.change(.read(client, [.add, .clear], token: 1), .user(1, .add))
    second.change(.read(client, [.add, .clear], token: 2))
    try kernel.close(first.descriptor)
    kernel.send(server, 4)
    #expect(second.told() == [.read(2, 4)])
    #expect(kernel.receive(client) == .moved(4))
    // A queue that takes the number begins clean.
    let third = try Queue(on: kernel)
    #expect(third.descriptor == first.descriptor)
    #expect(third.receipts(.read(client, .delete), .user(1, .delete)) == [.notFound, .notFound])
  }

  @Test("L18 Of several queues the one that was registered last is told first", arguments: KernelProfile.all)
  func newestFirst(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let outer = try Queue(on: kernel)
    let first = try Queue(on: kernel)
    let second = try Queue(on: kernel)
    let (client, server) = try kernel.connectedPair()
    outer.change(
      .read(first.descriptor, [.add, .clear], token: 1), .read(second.descriptor, [.add, .clear], token: 2))
    first.change(.read(client, [.add, .clear]))
    second.change(.read(client, [.add, .clear]))
    kernel.send(server, 1)
    #expect(outer.told() == [.read(2, 1), .read(1, 1)])
  }
}

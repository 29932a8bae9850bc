import MetalCore
import Testing

@Suite("Rules: low-water marks of Unix-domain sockets")
struct UnixLowWaterRuleTests {
  @Test("R4 A stream is readable from the mark on, and at its end below it", arguments: KernelProfile.all)
  func readsFrom(profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let pair = try kernel.openSocketPair(.stream)
    queue.change(.read(pair.first, [.add, .clear], filterFlags: KernelEvent.lowWaterMark, data: 10))
    #expect(kernel.send(pair.second, 9) == .moved(9))
    #expect(queue.told() == [])
    #expect(kernel.send(pair.second, 1) == .moved(1))
    #expect(queue.told() == [.read(0, 10)])
    #expect(kernel.receive(pair.first, 8) == .moved(8))
    try kernel.close(pair.second)
    #expect(queue.told() == [.read(0, 2, end: 0)])
  }

  @Test("R4 A stream is writable from the mark on, above the usual one or below it", arguments: KernelProfile.all)
  func writesFrom(profile: KernelProfile) throws(IOError) {
    let (kernel, all) = try profile.queuedMachine()
    let any = try Queue(on: kernel)
    let pair = try kernel.openSocketPair(.stream)
    all.change(.write(pair.first, [.add, .clear], filterFlags: KernelEvent.lowWaterMark, data: 8_192))
    any.change(.write(pair.first, [.add, .clear], filterFlags: KernelEvent.lowWaterMark, data: 1))
    #expect(all.told() == [.write(0, 8_192)] && any.told() == [.write(0, 8_192)])
    #expect(kernel.send(pair.first, 8_192) == .moved(8_192))
    #expect(kernel.receive(pair.second, 8_191) == .moved(8_191))
    #expect(all.told() == [] && any.told() == [.write(0, 8_191)])
    #expect(kernel.receive(pair.second, 1) == .moved(1))
    #expect(all.told() == [.write(0, 8_192)] && any.told() == [.write(0, 8_192)])
  }

  @Test("R4 Datagrams count by their bytes against a mark, and an empty one is none", arguments: KernelProfile.all)
  func datagramsFrom(profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let pair = try kernel.openSocketPair(.datagram)
    queue.change(.read(pair.first, [.add, .clear], filterFlags: KernelEvent.lowWaterMark, data: 3))
    #expect(kernel.send(pair.second, 0) == .moved(0))
    if profile != .netBSD {
      #expect(kernel.send(pair.second, 2) == .moved(2))
      #expect(queue.told() == [])
    }
    #expect(kernel.send(pair.second, 1) == .moved(1))
    // On NetBSD the addresses count as well (R7).
    #expect(queue.told() == [.read(0, profile == .netBSD ? 5 : 3)])
  }
}

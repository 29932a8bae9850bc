import MetalCore
import Testing

@Suite("Rules: low-water marks of Unix-domain sockets")
struct UnixLowWaterRuleTests {
  /// A queue that watches one direction of a descriptor from a number of bytes on.
  private struct Queue: ~Copyable {
    let node: SimulatedKernel
    let descriptor: Int32

    init(
      _ node: SimulatedKernel, _ watched: Int32, _ filter: KernelEvent.Filter, from mark: Int
    ) throws(IOError) {
      self.node = node
      descriptor = try node.openEventQueue()
      let change = KernelEvent(
        ident: UInt(watched), filter: filter, flags: [.add, .clear], filterFlags: KernelEvent.lowWaterMark,
        data: mark)
      #expect(ask([change], room: 0).isEmpty)
    }

    /// The numbers of the events that are there.
    func data() -> [Int] { ask([], room: 4).map(\.data) }

    private func ask(_ changes: [KernelEvent], room: Int) -> [KernelEvent] {
      [KernelEvent](capacity: room) { events in
        _ = node.kevent(descriptor, changes: changes.span, events: &events, timeout: 0)
      }
    }
  }

  @Test("R4 A stream is readable from the mark on, and at its end below it", arguments: unixProfiles)
  func readsFrom(profile: KernelProfile) throws {
    try onMachine(profile) { node in
      let pair = try node.openSocketPair(.stream)
      let queue = try Queue(node, pair.first, .read, from: 10)
      #expect(node.send(pair.second, unixBytes(9).span) == IOResult(rawValue: 9))
      #expect(queue.data() == [])
      #expect(node.send(pair.second, unixBytes(1).span) == IOResult(rawValue: 1))
      #expect(queue.data() == [10])
      var buffer = [UInt8](repeating: 0, count: 8)
      #expect(node.receive(pair.first, into: buffer.mutableSpan, isPeek: false) == IOResult(rawValue: 8))
      try node.close(pair.second)
      #expect(queue.data() == [2])
    }
  }

  @Test("R4 A stream is writable from the mark on, above the usual one or below it", arguments: unixProfiles)
  func writesFrom(profile: KernelProfile) throws {
    try onMachine(profile) { node in
      let pair = try node.openSocketPair(.stream)
      let all = try Queue(node, pair.first, .write, from: 8_192)
      let any = try Queue(node, pair.first, .write, from: 1)
      #expect(all.data() == [8_192] && any.data() == [8_192])
      #expect(node.send(pair.first, unixBytes(8_192).span) == IOResult(rawValue: 8_192))
      var buffer = [UInt8](repeating: 0, count: 8_191)
      #expect(node.receive(pair.second, into: buffer.mutableSpan, isPeek: false) == IOResult(rawValue: 8_191))
      #expect(all.data() == [] && any.data() == [8_191])
      #expect(node.receive(pair.second, into: buffer.mutableSpan, isPeek: false) == IOResult(rawValue: 1))
      #expect(all.data() == [8_192] && any.data() == [8_192])
    }
  }

  @Test("R4 Datagrams count by their bytes against a mark, and an empty one is none", arguments: unixProfiles)
  func datagramsFrom(profile: KernelProfile) throws {
    try onMachine(profile) { node in
      let pair = try node.openSocketPair(.datagram)
      let queue = try Queue(node, pair.first, .read, from: 3)
      #expect(node.send(pair.second, [UInt8]().span) == IOResult(rawValue: 0))
      #expect(node.send(pair.second, unixBytes(2).span) == IOResult(rawValue: 2))
      #expect(queue.data() == [])
      #expect(node.send(pair.second, unixBytes(1).span) == IOResult(rawValue: 1))
      #expect(queue.data() == [3])
    }
  }
}

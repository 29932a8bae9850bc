import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalAFD

@Suite("AFD: costs", .backend)
struct AFDCostTests {
  @Test("AFD-10 A turn of an echo makes one request and one wait, and allocates nothing")
  func echo() throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 16)
    let ends = try Connected()
    let client = ends.client
    let listener = ends.listener
    var server = ends.server
    try poll.registry.register(&server, token: 1, interests: .readable)
    var buffer = InlineArray<64, UInt8>(repeating: 0)
    let message: InlineArray<3, UInt8> = [1, 2, 3]
    let turns = 100
    var before = (begun: (requests: 0, waits: 0), allocations: 0)
    for turn in 0...turns {
      if turn == 1 { before = (poll.begun, Int(system_allocation_count())) }
      guard try client.write(message.span) == 3 else { throw IOError(.wouldBlock) }
      try poll.wait(into: &events, timeout: .seconds(10))
      guard let event = events.popFirst(), event.token == 1 else { throw IOError(.timedOut) }
      guard let count = try server.read(into: buffer.mutableSpan) else { throw IOError(.wouldBlock) }
      guard try server.write(buffer.span.extracting(first: count)) == count else { throw IOError(.wouldBlock) }
      guard try server.read(into: buffer.mutableSpan) == nil else { throw IOError(.alreadyExists) }
      while try client.read(into: buffer.mutableSpan) == nil { system_yield() }
    }
    let allocations = Int(system_allocation_count()) - before.allocations
    let begun = poll.begun
    #expect(begun.requests - before.begun.requests == turns)
    #expect(begun.waits - before.begun.waits == turns)
    #expect(allocations == 0)
    // Under Wine, what surrounds the program counts the allocations. SwiftPM's programs do not count them.
    let counted = Int(system_allocation_count())
    let waker = try poll.registry.makeWaker(token: 2)
    #expect(Int(system_allocation_count()) > counted || !Backend.isWine)
    drop(waker)
    drop(listener)
  }

  @Test("AFD-11 A wait with a short timeout ends before a tick of the clock")
  func shortTimeout() throws(IOError) {
    var loop = try Loop()
    var shortest = Duration.seconds(1)
    for _ in 0..<20 {
      let time = try elapsed { () throws(IOError) in try loop.expectQuiet(.microseconds(300)) }
      #expect(time >= .microseconds(300))
      shortest = min(shortest, time)
    }
    #expect(shortest < .milliseconds(5))
  }

  @Test("A registration takes 96 bytes in the table")
  func memory() {
    #expect(MemoryLayout<Record>.stride == 96)
  }
}

extension MetalCore.Poll<AFDSelector> {
  fileprivate var begun: (requests: Int, waits: Int) { registry.selector.table.withState { state in state.begun } }
}

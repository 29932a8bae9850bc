import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

@Suite("RegistrationTable: growth", .backend)
struct TableGrowthTests {
  @Test("What is told while the table has grown is disarmed in the larger list as well")
  func disarmsAfterGrowth() throws(IOError) {
    var loop = try Loop(capacity: 128)
    var pipe = try PipeEnds()
    try pipe.writer.writeFully([1])
    try loop.registry.register(&pipe.reader, token: 1, interests: .readable)
    let copies = try Copies(of: pipe.writer.rawDescriptor, count: 100)
    var sources = Sources()
    let registry = loop.registry
    let events = try loop.waitInSteps(seeing: 1) { () throws(IOError) in
      try sources.register(copies, with: registry, interests: .readable)
    }
    #expect(events.map(\.token) == [1])
    try loop.expectIdle()
    withExtendedLifetime(copies) {}
  }

  @Test("Fifteen hundred sources that are registered while a poll waits are all told, with any numbers")
  func manyWhileWaiting() async {
    await #expect(processExitsWith: .success) {
      #expect(Backend.allows(descriptors: 2_000))
      var loop = try Loop(capacity: 128)
      let selector = loop.registry.selector
      let pipe = try PipeEnds()
      let copies = try Copies(of: pipe.writer.rawDescriptor, count: 1_500)
      // The numbers go from the largest to the smallest, so that the index of numbers has to be large at once.
      let kept = Handoff<Sources>()
      var told: [Token] = []
      try meanwhile {
        recordingErrors { () throws(IOError) in
          selector.waitUntilWaiting()
          var sources = Sources()
          try sources.register(copies, with: Registry(selector: selector), interests: .writable)
          kept.put(sources)
        }
      } _: { () throws(IOError) in
        while told.count < 1_500 {
          let batch = try loop.wait(.seconds(10))
          if batch.isEmpty { break }
          told += batch.map(\.token)
        }
      }
      #expect(told.sorted() == (100..<1_600).map { Token(rawValue: $0) })
      try loop.expectIdle()
      var sources = try kept.taken()
      try sources.deregisterAll(from: loop.registry)
      withExtendedLifetime(copies) {}
      try loop.expectIdle()
    }
  }

  @Test("A descriptor with a large number takes the place that its turn gives it")
  func largeNumber() async {
    await #expect(processExitsWith: .success) {
      #expect(Backend.allows(descriptors: 2_000))
      var loop = try Loop()
      let event = try checked(system_eventfd())
      for (token, number) in [(1, 900), (2, 1_900), (3, 40)] as [(Token, Int32)] {
        let copy = try opened(system_duplicate(event, number))
        #expect(copy.rawDescriptor >= number)
        var source = BorrowedDescriptor(copy.rawDescriptor)
        try loop.registry.register(&source, token: token, interests: .writable)
        #expect(try loop.gather(polls: 2) { !$0.isEmpty }.map(\.token) == [token])
        try loop.registry.deregister(&source)
      }
      try loop.expectIdle()
    }
  }
}

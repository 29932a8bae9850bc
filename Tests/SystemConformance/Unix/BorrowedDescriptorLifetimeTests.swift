import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("FD, REG: how long borrowed descriptors are registered", .backend)
struct BorrowedDescriptorLifetimeTests {
  @Test("FD-09 Dropping a registered source ends its registration, and the descriptor is free at once")
  func dropped() throws(IOError) {
    let owner = try opened(system_eventfd())
    let descriptor = owner.rawDescriptor
    var loop = try Loop()
    for round in UInt(0)..<3 {
      var source = BorrowedDescriptor(descriptor)
      try loop.registry.register(&source, token: Token(rawValue: round), interests: .readable)
      try add(1, to: descriptor)
      _ = consume source
      try loop.expectQuiet()
      var next = BorrowedDescriptor(descriptor)
      try loop.registry.register(&next, token: 10, interests: .readable)
      let events = try loop.expect(10, .readable)
      #expect(events.allSatisfy { $0.token == 10 } as Bool)
      #expect(try counter(of: descriptor) == 1)
      try loop.registry.deregister(&next)
    }
  }

  @Test("FD-09 Two sources that borrow one descriptor at a time are refused where that is noticed")
  func twoAtOnce() throws(IOError) {
    let owner = try opened(system_eventfd())
    var loop = try Loop()
    let registry = loop.registry
    var first = BorrowedDescriptor(owner.rawDescriptor)
    try registry.register(&first, token: 1, interests: .readable)
    guard Backend.refusesSecondBorrower else { return }
    do {
      var second = BorrowedDescriptor(owner.rawDescriptor)
      expectError(.alreadyExists) { () throws(IOError) in
        try registry.register(&second, token: 2, interests: .readable)
      }
      expectError(.notFound) { () throws(IOError) in try registry.deregister(&second) }
    }
    // What was refused has not disturbed the first, when it went either.
    try add(1, to: owner.rawDescriptor)
    let events = try loop.expect(1, .readable)
    #expect(events.allSatisfy { $0.token == 1 } as Bool)
  }

  @Test("A deregistered source outlives its poll, and may be registered with another then")
  func deregisteredOutlivesItsPoll() throws(IOError) {
    let owner = try opened(system_eventfd())
    let other = try Loop()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    do {
      let loop = try Loop()
      try loop.registry.register(&source, token: 1, interests: .readable)
      let registry = other.registry
      expectError(.alreadyExists) { () throws(IOError) in
        try registry.register(&source, token: 2, interests: .readable)
      }
      expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
      try loop.registry.deregister(&source)
    }
    try other.registry.register(&source, token: 2, interests: .readable)
  }

  @Test("REG-22 A borrowed descriptor stays registered without its poll, until its source is dropped")
  func outlivesItsPoll() throws(IOError) {
    let pipe = try PipeEnds()
    var other = try Loop()
    do {
      var source = BorrowedDescriptor(pipe.reader.rawDescriptor)
      try registerWithPollThatEnds(&source)
      expectError(.alreadyExists) { () throws(IOError) in
        try other.registry.register(&source, token: 2, interests: .readable)
      }
    }
    var source = BorrowedDescriptor(pipe.reader.rawDescriptor)
    try other.registry.register(&source, token: 2, interests: .readable)
    try pipe.writer.writeFully([1])
    try other.expect(2, .readable)
  }

  private func registerWithPollThatEnds(_ source: inout BorrowedDescriptor) throws(IOError) {
    let loop = try Loop()
    try loop.registry.register(&source, token: 1, interests: .readable)
  }
}

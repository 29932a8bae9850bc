import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

extension Loop {
  /// Polls once, and runs something after poll(2) has looked and before what it has seen is taken; returns the events.
  ///
  /// poll(2) waits until it sees something, which is expected to be at a number of entries.
  mutating func waitInSteps(
    seeing count: Int, timeout: Duration = .milliseconds(500),
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(IOError) -> Void
  ) throws(IOError) -> [Event] {
    let selector = registry.selector
    // Safety: nobody else polls, and the list is the system's until the wait has ended, as in `PosixPollSelector`.
    let list = unsafe selector.beginWait()
    let seen = unsafe selector.wait(for: list, nanoseconds: timeout.wholeNanoseconds)
    #expect(seen == count, sourceLocation: sourceLocation)
    let result = Result(catching: body)
    let buffer = UnsafeMutableBufferPointer<Event>.allocate(capacity: events.capacity)
    defer { unsafe buffer.deallocate() }
    // Safety: the buffer has room for its count of events, of which the first are written.
    let pass = try unsafe selector.endWait(ready: seen, into: buffer)
    try result.get()
    return unsafe Array(buffer[..<pass.count])
  }
}

extension Loop {
  /// Has another thread deregister a source after poll(2) has seen something at it, and runs something when the
  /// registration has ended; expects that no event comes of that wait, and returns the source.
  mutating func expectNothing(
    ofEnding source: consuming ReadySource, seeing count: Int = 1,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(IOError) -> Void
  ) throws(IOError) -> ReadySource {
    let (descriptor, generation) = (source.stream.rawDescriptor, source.generation)
    let registry = registry
    let sources = Handoff<ReadySource>()
    sources.put(source)
    let (hasLooked, hasReturned) = (Flag(), Flag())
    let events = try meanwhile {
      recordingErrors { () throws(IOError) in
        spin("poll(2) does not return") { hasLooked.isSet }
        var source = try sources.taken()
        try registry.deregister(&source.stream)
        hasReturned.set()
        sources.put(source)
      }
    } _: { () throws(IOError) in
      try waitInSteps(seeing: count, sourceLocation: sourceLocation) { () throws(IOError) in
        hasLooked.set()
        spin("the registration does not end") {
          registry.selector.table.withState { state in state.position(of: descriptor, generation) == nil }
        }
        try body()
        // Whoever ends a registration goes on when the system does not look at the descriptor any more.
        #expect(!hasReturned.isSet, sourceLocation: sourceLocation)
      }
    }
    #expect(events.isEmpty, "\(events)", sourceLocation: sourceLocation)
    return try sources.taken()
  }
}

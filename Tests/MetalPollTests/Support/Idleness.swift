import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

extension Loop {
  /// How many times poll(2) has returned to this loop's poll.
  var endedWaits: UInt64 {
    registry.selector.table.withState { state in state.endedWaits }
  }

  /// Expects that a poll is quiet, and that its thread sleeps meanwhile instead of asking again and again.
  ///
  /// A wait may end at once for what is looked at again and was told before, and for a notification that is stale.
  mutating func expectIdle(
    _ timeout: Duration = .milliseconds(10), sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    let waits = endedWaits
    let start = now()
    try expectQuiet(timeout, sourceLocation: sourceLocation)
    #expect(now() - start >= timeout, sourceLocation: sourceLocation)
    #expect(endedWaits - waits <= 3, sourceLocation: sourceLocation)
  }
}

extension ReadForm {
  /// The forms that tell the selector of their outcome, each in a way of its own.
  static let telling: [ReadForm] = [.span, .performed]
}

extension WriteForm {
  /// The forms that tell the selector of their outcome, each in a way of its own.
  static let telling: [WriteForm] = [.span, .performed]
}

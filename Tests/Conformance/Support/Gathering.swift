import MetalCore
import Testing

extension Loop {
  /// Polls a number of times, or until `isEnough` says so, and returns every event that came.
  mutating func gather(
    polls: Int, timeout: Duration = .milliseconds(500), until isEnough: ([Event]) -> Bool = { _ in false }
  ) throws(IOError) -> [Event] {
    var all: [Event] = []
    for _ in 0..<polls {
      all += try wait(timeout)
      if isEnough(all) { break }
    }
    return all
  }

  /// Polls until a poll of 50 ms is quiet, and returns every event that came before it.
  mutating func gatherUntilQuiet(sourceLocation: SourceLocation = #_sourceLocation) throws(IOError) -> [Event] {
    var all: [Event] = []
    for _ in 0..<1000 {
      let batch = try wait(.milliseconds(50))
      if batch.isEmpty { return all }
      all += batch
    }
    Issue.record("events did not end: \(all.suffix(10))", sourceLocation: sourceLocation)
    return all
  }
}

import MetalCore
import Testing

/// A poll with its events, and the words in which the rows speak of them.
struct Loop: ~Copyable {
  var poll: Poll
  var events: Events

  init(capacity: Int = 64) throws(IOError) {
    poll = try Poll()
    events = Events(capacity: capacity)
  }

  var registry: Registry { poll.registry }

  /// Polls once and returns a copy of what was delivered.
  mutating func wait(_ timeout: Duration? = .milliseconds(500)) throws(IOError) -> [Event] {
    try poll.wait(into: &events, timeout: timeout)
    return Array(events)
  }

  /// Polls, at most three times 500 ms, until `token` has been told all of `flags`; other events are allowed.
  ///
  /// Returns every event that came, the others' included.
  @discardableResult
  mutating func expect(
    _ token: Token, _ flags: Flags, sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) -> [Event] {
    var all: [Event] = []
    var seen: Flags = []
    for _ in 0..<3 {
      let batch = try wait()
      all += batch
      for event in batch where event.token == token { seen.formUnion(Flags(event)) }
      if seen.isSuperset(of: flags) { return all }
    }
    Issue.record(
      "expected \(flags) for token \(token.rawValue), but got \(all)", sourceLocation: sourceLocation)
    return all
  }

  /// Expects that a poll of 50 ms, or as long as said, succeeds without an event.
  mutating func expectQuiet(
    _ timeout: Duration = .milliseconds(50), sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    let batch = try wait(timeout)
    #expect(batch.isEmpty, "expected quiet, but got \(batch)", sourceLocation: sourceLocation)
  }

  /// Polls until `isDone`, which may step peers, says so; records an issue when nothing has happened for two seconds.
  mutating func run(
    sourceLocation: SourceLocation = #_sourceLocation,
    until isDone: (borrowing Events) throws(IOError) -> Bool
  ) throws(IOError) {
    var idle = 0
    while true {
      try poll.wait(into: &events, timeout: .milliseconds(100))
      idle = events.isEmpty ? idle + 1 : 0
      if try isDone(events) { return }
      guard idle < 20 else {
        Issue.record("nothing has happened for two seconds", sourceLocation: sourceLocation)
        return
      }
    }
  }
}

/// The flags of an event as a set, so that those of several events can be united.
struct Flags: OptionSet, CustomStringConvertible {
  let rawValue: UInt8

  static let readable = Flags(rawValue: 1)
  static let writable = Flags(rawValue: 2)
  static let error = Flags(rawValue: 4)
  static let readClosed = Flags(rawValue: 8)
  static let writeClosed = Flags(rawValue: 16)
  static let priority = Flags(rawValue: 32)

  init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  init(_ event: Event) {
    self = []
    if event.isReadable { insert(.readable) }
    if event.isWritable { insert(.writable) }
    if event.isError { insert(.error) }
    if event.isReadClosed { insert(.readClosed) }
    if event.isWriteClosed { insert(.writeClosed) }
    if event.isPriority { insert(.priority) }
  }

  var description: String {
    let names: [(Flags, String)] = [
      (.readable, "readable"), (.writable, "writable"), (.error, "error"), (.readClosed, "read-closed"),
      (.writeClosed, "write-closed"), (.priority, "priority"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: "|")
  }
}

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

  /// Makes a poll that a source is registered with.
  init<T: Source & ~Copyable>(watching source: inout T, token: Token, interests: Interests) throws(IOError) {
    let poll = try Poll()
    try poll.registry.register(&source, token: token, interests: interests)
    self.poll = poll
    events = Events(capacity: 64)
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
    try expectEach([token: flags], sourceLocation: sourceLocation)
  }

  /// Polls until each token has been told its flags, and takes a step before each poll; other events are allowed.
  ///
  /// Returns every event that came.
  @discardableResult
  mutating func expectEach(
    _ wanted: [Token: Flags], polls: Int = 3, timeout: Duration = .milliseconds(500),
    sourceLocation: SourceLocation = #_sourceLocation, afterStep step: () throws(IOError) -> Void = {}
  ) throws(IOError) -> [Event] {
    var all: [Event] = []
    var seen: [Token: Flags] = [:]
    for _ in 0..<polls {
      try step()
      let batch = try wait(timeout)
      all += batch
      for event in batch { seen[event.token, default: []].formUnion(Flags(event)) }
      if wanted.allSatisfy({ seen[$0.key, default: []].isSuperset(of: $0.value) }) { return all }
    }
    Issue.record("expected \(wanted), but got \(all)", sourceLocation: sourceLocation)
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

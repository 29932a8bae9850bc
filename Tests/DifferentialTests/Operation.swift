import MetalCore

/// One step of a random program, whose objects are named by the slots that they are put in.
enum Operation: Hashable, Sendable {
  case openListener(Int)
  case openUnixListener(Int)
  /// Connects to the listener in the first slot, of either kind; the stream goes into the second.
  case connect(Int, to: Int, into: Int)
  /// Connects to a port, or a path, where nobody listens any more.
  case connectToNobody(TCP: Bool, into: Int)
  case accept(Int, into: Int)
  case openPair(Pairs, Int, Int)
  case openUDP(Int)
  case connectUDP(Int, to: Int)
  case sendTo(Int, Int, count: Int)

  case read(Int, ReadForm, count: Int)
  case write(Int, WriteForm, count: Int)
  /// Writes until nothing more is taken, then empties the other end, until both are done.
  case floodAndDrain(Int, into: Int)
  case shutdown(Int, ShutdownDirection)
  case takeError(Int)
  case addresses(Int)
  case setOption(Int, Bool)
  case close(Int, reset: Bool)

  case register(Int, Interests, Token)
  case reregister(Int, Interests, Token)
  case deregister(Int)
  case poll
}

/// What two objects are made together.
enum Pairs: CaseIterable, Sendable {
  case pipe, unixStreams, unixDatagrams
}

/// The ways to read, and to write; what an object does not have is done in the plain way.
enum ReadForm: CaseIterable, Sendable {
  case plain, vectored, peek
}

enum WriteForm: CaseIterable, Sendable {
  case plain, vectored
}

extension Operation {
  /// The slots that take part.
  var slots: [Int] {
    switch self {
    case .openListener(let slot), .openUnixListener(let slot), .openUDP(let slot): [slot]
    case .connect(let slot, let target, let result): [slot, target, result]
    case .connectToNobody(_, let slot): [slot]
    case .accept(let slot, let result): [slot, result]
    case .openPair(_, let first, let second): [first, second]
    case .connectUDP(let slot, let target): [slot, target]
    case .sendTo(let slot, let target, _): [slot, target]
    case .read(let slot, _, _), .write(let slot, _, _): [slot]
    case .floodAndDrain(let slot, let target): [slot, target]
    case .shutdown(let slot, _), .takeError(let slot), .addresses(let slot), .setOption(let slot, _),
      .close(let slot, _):
      [slot]
    case .register(let slot, _, _), .reregister(let slot, _, _), .deregister(let slot): [slot]
    case .poll: []
    }
  }
}

/// What a program can observe of a step.
enum Observation: Hashable, Sendable {
  /// The step made no sense for what is in its slots.
  case nothing
  /// It succeeded, with a number or a truth that all kernels must agree on.
  case done(Int)
  /// It read these bytes; none at the end of a stream, or of an empty datagram.
  case bytes([UInt8])
  case failed(IOError.Kind)
  /// A poll told, by token.
  case told([Token: Told])
}

extension Observation: CustomStringConvertible {
  var description: String {
    switch self {
    case .nothing: "nothing"
    case .done(let number): "done(\(number))"
    case .bytes(let bytes):
      "\(bytes.count) bytes \(bytes.prefix(8)), sum \(bytes.reduce(0) { $0 &+ Int($1) })"
    case .failed(let kind): "failed(\(kind))"
    case .told(let told):
      "told(" + told.sorted { $0.key < $1.key }.map { "\($0.key.rawValue): \($0.value)" }.joined(separator: ", ") + ")"
    }
  }
}

/// What the events of one token told, all together.
struct Told: Hashable, Sendable, CustomStringConvertible {
  /// Readable, or read-closed.
  var reading = false
  /// Writable, write-closed, or an error with nothing to read, as Linux reports a full pipe without a reader.
  var writing = false

  var description: String { (reading ? "r" : "-") + (writing ? "w" : "-") }

  subscript(direction: Direction) -> Bool { direction == .reading ? reading : writing }
}

enum Direction: CaseIterable, Sendable {
  case reading, writing

  var interest: Interests { self == .reading ? .readable : .writable }
}

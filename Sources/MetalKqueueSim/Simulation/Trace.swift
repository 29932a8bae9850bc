internal import MetalCore
internal import MetalKqueue

/// The records of a simulation in order: equal for the same seed and the same program, on every machine.
///
/// The digest and the count are always kept; the records themselves only on request. The
/// text is one JSON object a line: a header, a line per record, and the digest.
public struct Trace: Sendable {
  /// The seed of the simulation.
  public let seed: UInt64
  /// The name of the kernels' profile.
  public let profile: String
  /// Whether records are kept.
  public let keepsRecords: Bool
  /// The records, if they are kept.
  public private(set) var records: [TraceRecord] = []
  /// The number of records so far, kept or not.
  public private(set) var count: UInt64 = 0

  private var hash = Digest()

  init(seed: UInt64, profile: String, keepsRecords: Bool) {
    self.seed = seed
    self.profile = profile
    self.keepsRecords = keepsRecords
  }

  /// A hash of all records so far: equal for equal traces.
  public var digest: UInt64 { hash.value }

  /// Returns the position of the first record in which two traces differ, one of them having ended included; `nil` if
  /// they are alike.
  ///
  /// Both traces must have kept their records.
  ///
  /// - Complexity: O(records).
  public static func firstDifference(_ first: Trace, _ second: Trace) -> Int? {
    for trace in [first, second] where !trace.keepsRecords {
      fatalError(
        "The trace with seed \(trace.seed) has no records to compare. "
          + "Make its simulation with `keepsRecords: true`.")
    }
    for (index, pair) in zip(first.records, second.records).enumerated() where pair.0 != pair.1 {
      return index
    }
    return first.records.count == second.records.count ? nil : min(first.records.count, second.records.count)
  }

  mutating func append(_ record: TraceRecord) {
    var record = record
    record.number = count
    count += 1
    record.combine(into: &hash)
    if keepsRecords { records.append(record) }
  }
}

extension Trace {
  /// A call has ended.
  mutating func call(
    _ call: Call, _ node: Int, _ descriptor: Int32, _ result: IOResult, payload: UInt64 = 0, _ now: Int64
  ) {
    append(
      TraceRecord(
        number: 0, time: now, kind: .call, node: node, name: call.rawValue, ident: Int(descriptor),
        result: result.rawValue, payload: payload, event: nil))
  }

  /// A change was made to a queue, or refused.
  mutating func change(_ node: Int, _ change: KernelEvent, _ errno: Errno?, _ now: Int64) {
    append(
      TraceRecord(
        number: 0, time: now, kind: .change, node: node, name: "", ident: Int(bitPattern: change.ident),
        result: -Int(errno?.rawValue ?? 0), payload: 0, event: change))
  }

  /// A queue has delivered an event.
  mutating func delivery(_ node: Int, _ event: KernelEvent, _ now: Int64) {
    append(
      TraceRecord(
        number: 0, time: now, kind: .delivery, node: node, name: "", ident: Int(bitPattern: event.ident),
        result: 0, payload: 0, event: event))
  }

  /// Something else has happened.
  mutating func note(_ kind: TraceRecord.Kind, _ name: String = "", node: Int = -1, _ now: Int64) {
    append(
      TraceRecord(
        number: 0, time: now, kind: kind, node: node, name: name, ident: -1, result: 0, payload: 0, event: nil
      ))
  }
}

extension Trace: CustomStringConvertible {
  /// The whole trace as lines of JSON.
  public var description: String {
    var text = "{\"format\":1,\"seed\":\(seed),\"profile\":\"\(profile)\"}\n"
    for record in records {
      text += record.description
      text += "\n"
    }
    return text + "{\"count\":\(count),\"digest\":\"\(String(digest, radix: 16))\"}\n"
  }
}

/// The calls of a simulated kernel, by the names that the systems give them.
enum Call: String {
  case socket, socketpair, pipe, kqueue, close, dup
  case bind, listen, connect, accept, shutdown
  case getsockname, getpeername, getsockopt, setsockopt
  case recv, send, peek, recvmsg, sendto, read, write, kevent

  /// Whether a program gets on by it: what merely asks, or sets an option, it could go on with for ever.
  var changesSomething: Bool {
    switch self {
    case .getsockname, .getpeername, .getsockopt, .setsockopt, .kevent: false
    default: true
    }
  }
}

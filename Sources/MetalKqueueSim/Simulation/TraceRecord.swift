internal import MetalCore
public import MetalKqueue

/// One record of a simulation's trace: something that was called, changed, delivered, or that occurred.
public struct TraceRecord: Hashable, Sendable {
  /// The kind of a record.
  public enum Kind: UInt8, Hashable, Sendable {
    /// A call into a machine's kernel; `name` is the call, `result` what it returned.
    case call = 1
    /// A change to an event queue; `result` is 0, or the negated errno with which it was refused.
    case change = 2
    /// An event that a queue delivered.
    case delivery = 3
    /// Something that was scheduled: in the simulated network, or an action of the test.
    case occurrence = 4
    /// The clock was set forward to the next occurrence, or to the end of a wait.
    case time = 5
    /// A wait that nothing can end.
    case deadlock = 6
  }

  /// The record's number, from 0.
  public internal(set) var number: UInt64
  /// Nanoseconds since the simulation's beginning.
  public internal(set) var time: Int64
  /// The kind of the record.
  public internal(set) var kind: Kind
  /// The number of the machine; -1 where there is none.
  public internal(set) var node: Int
  /// The call, or the kind of occurrence; empty otherwise.
  public internal(set) var name: String
  /// The descriptor, or the number that a queue's record names; -1 where there is none.
  public internal(set) var ident: Int
  /// The result of the call: a count, or a negated error number of macOS.
  public internal(set) var result: Int
  /// A hash of the bytes that were moved; 0 where none were.
  public internal(set) var payload: UInt64
  /// The queue's record, of a change or a delivery.
  public internal(set) var event: KernelEvent?
}

extension TraceRecord {
  /// Includes the record in a digest.
  func combine(into digest: inout Digest) {
    digest.combine(UInt64(kind.rawValue))
    digest.combine(UInt64(bitPattern: time))
    digest.combine(node)
    for byte in name.utf8 { digest.combine(UInt64(byte)) }
    digest.combine(ident)
    digest.combine(result)
    digest.combine(payload)
    guard let event else { return }
    digest.combine(event.filter.code)
    digest.combine(UInt64(event.flags.rawValue))
    digest.combine(UInt64(event.filterFlags))
    digest.combine(event.data)
    digest.combine(UInt64(event.token))
  }
}

extension TraceRecord: CustomStringConvertible {
  /// The record as one line of JSON, its keys in a fixed order.
  public var description: String {
    var text = "{\"n\":\(number),\"t\":\(time),\"node\":\(node),\"kind\":\"\(kind.name)\""
    if !name.isEmpty { text += ",\"name\":\"\(name)\"" }
    if ident >= 0 { text += ",\"d\":\(ident)" }
    if let event {
      text += ",\"filter\":\"\(event.filter.name)\",\"flags\":\(event.flags.rawValue)"
      text += ",\"fflags\":\(event.filterFlags),\"data\":\(event.data),\"token\":\(event.token)"
    }
    if kind != .delivery { text += ",\"result\":\(result)" }
    if payload != 0 { text += ",\"payload\":\"\(String(payload, radix: 16))\"" }
    return text + "}"
  }
}

extension TraceRecord.Kind {
  /// The kind's name in JSON.
  var name: String {
    switch self {
    case .call: "call"
    case .change: "change"
    case .delivery: "deliver"
    case .occurrence: "occur"
    case .time: "time"
    case .deadlock: "deadlock"
    }
  }
}

extension KernelEvent.Filter {
  /// The filter's number in digests; the system's own is not the same everywhere.
  var code: UInt64 {
    switch self {
    case .read: 1
    case .write: 2
    case .user: 3
    default: 0
    }
  }

  /// The filter's name in traces and diagnoses.
  var name: String {
    switch self {
    case .read: "read"
    case .write: "write"
    case .user: "user"
    default: String(rawValue)
    }
  }
}

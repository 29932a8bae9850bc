internal import MetalCore
internal import MetalKqueue
internal import MetalKqueueSim

extension TraceRecord {
  /// A field of a record, for JSON and for comparisons.
  struct Field: Equatable {
    let name: String
    let value: String
    /// Whether the value is a number or `true`, which JSON writes without quotes.
    let isBare: Bool
  }

  /// The fields of the record in a fixed order, with the names of machines.
  func fields(_ machines: [String]) -> [Field] {
    var fields: [Field] = []
    func number(_ name: String, _ value: String?) {
      if let value { fields.append(Field(name: name, value: value, isBare: true)) }
    }
    func text(_ name: String, _ value: String?) {
      if let value { fields.append(Field(name: name, value: value, isBare: false)) }
    }
    number("time", String(time.wholeNanoseconds))
    text("machine", machine.map { machines[$0] })
    text("peer", peerMachine.map { machines[$0] })
    text("kind", kind.name)
    text("name", name.isEmpty ? nil : name)
    number("descriptor", descriptor.map { String($0) })
    if let event {
      number("ident", String(event.ident))
      text("filter", event.filter.name)
      number("flags", String(event.flags.rawValue))
      number("fflags", String(event.filterFlags))
      number("data", String(event.data))
      number("token", String(event.token))
    }
    text("from", source?.description)
    text("to", destination?.description)
    number("connection", connection.map { String($0) })
    switch kind {
    case .call, .change: number("result", String(result))
    case .sent, .arrived, .lost, .held: number("count", String(result))
    case .delivery, .action, .retry, .time, .deadlock: break
    }
    number("accepted", accepted.map { String($0) })
    text("payload", payload == 0 ? nil : String(payload, radix: 16))
    number("drop", isDrop ? "true" : nil)
    text("cause", cause.text)
    return fields
  }
}

extension TraceRecord.Kind {
  /// The names in JSON, indexed by the number of the kind.
  private static let names = [
    "", "call", "change", "deliver", "action", "send", "arrive", "lose", "retry", "time", "deadlock", "hold",
  ]

  fileprivate var name: String { Self.names[Int(rawValue)] }
}

extension TraceRecord.Cause {
  fileprivate var text: String {
    switch self {
    case .program: "program"
    case .action(let number): "action \(number)"
    case .packet(let number): "packet \(number)"
    }
  }
}

extension KernelEvent.Filter {
  /// The name of the filter in traces.
  var name: String {
    switch self {
    case .read: "read"
    case .write: "write"
    case .user: "user"
    default: String(rawValue)
    }
  }
}

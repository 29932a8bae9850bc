internal import MetalCore
internal import MetalKqueue

extension TraceRecord {
  /// Includes the record in a digest.
  func combine(into digest: inout Digest) {
    let name: UInt8
    switch subject {
    case .none: name = 0
    case .call(let call): name = call.rawValue
    case .packet(let kind): name = kind.rawValue
    }
    // One word for what is small: a byte each for the kind, the name, the form of the detail, and the drop.
    var head = UInt64(kind.rawValue) | UInt64(name) << 8 | UInt64(detail.code) << 16 | (isDrop ? 1 << 24 : 0)
    head |= UInt64(UInt32(bitPattern: machineNumber)) << 32
    digest.combine(head)
    digest.combine(UInt64(bitPattern: nanoseconds))
    digest.combine(UInt64(UInt32(bitPattern: descriptorNumber)) | UInt64(UInt32(bitPattern: peerNumber)) << 32)
    digest.combine(result)
    digest.combine(payload)
    digest.combine(connectionNumber)
    switch cause {
    case .program: digest.combine(0 as UInt64)
    case .action(let number): digest.combine(number << 2 | 1)
    case .packet(let number): digest.combine(number << 2 | 2)
    }
    detail.combine(into: &digest)
  }
}

extension TraceRecord.Detail {
  /// The form, by a number that digests have.
  fileprivate var code: UInt8 {
    switch self {
    case .none: 0
    case .event: 1
    case .addresses: 2
    case .path: 3
    }
  }

  fileprivate func combine(into digest: inout Digest) {
    switch self {
    case .none: break
    case .event(let event):
      digest.combine(event.filter.code)
      digest.combine(UInt64(event.flags.rawValue))
      digest.combine(UInt64(event.filterFlags))
      digest.combine(UInt64(event.ident))
      digest.combine(event.data)
      digest.combine(UInt64(event.token))
    case .addresses(let source, let destination):
      digest.combine(source)
      digest.combine(destination)
    case .path(let path, let isSource):
      let name = path.name
      digest.combine(isSource ? name.count : -name.count)
      digest.combine(name)
    }
  }
}

extension Digest {
  fileprivate mutating func combine(_ address: SocketAddress?) {
    switch address {
    case .none: combine(0 as UInt64)
    case .v4(let inner, let port): combine(4 << 48 | UInt64(port) << 32 | UInt64(inner.rawValue))
    case .v6(let inner, let port, let flowInfo, let scopeID):
      combine(6 << 48 | UInt64(port))
      combine(inner.high)
      combine(inner.low)
      combine(UInt64(flowInfo) << 32 | UInt64(scopeID))
    }
  }
}

// MARK: - Fields

extension TraceRecord {
  /// A field of a record, as JSON and comparisons have it.
  struct Field: Equatable {
    let name: String
    let value: String
    /// Whether the value is a number or `true`, which JSON has without quotes.
    let isBare: Bool
  }

  /// The fields that the record has, in a fixed order; machines are named.
  func fields(_ machines: [String]) -> [Field] {
    var fields: [Field] = []
    func number(_ name: String, _ value: String?) {
      if let value { fields.append(Field(name: name, value: value, isBare: true)) }
    }
    func text(_ name: String, _ value: String?) {
      if let value { fields.append(Field(name: name, value: value, isBare: false)) }
    }
    number("time", String(nanoseconds))
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
    text("from", source?.text)
    text("to", destination?.text)
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
  /// The names in JSON, by the kinds' numbers.
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

extension AnyEndpointAddress {
  /// The address as text.
  var text: String {
    switch self {
    case .internet(let address): address.description
    case .unix(let address): address.description
    }
  }
}

extension KernelEvent.Filter {
  /// The filter's number in digests; the system's own is not the same everywhere.
  fileprivate var code: UInt64 { self == .read ? 1 : self == .write ? 2 : self == .user ? 3 : 0 }

  /// The filter's name in traces.
  var name: String { code == 0 ? String(rawValue) : ["read", "write", "user"][Int(code) - 1] }
}

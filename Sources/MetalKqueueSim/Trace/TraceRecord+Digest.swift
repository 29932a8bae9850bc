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
    // One word holds the small fields: a byte each for the kind, the name, the form of the detail, and the drop.
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
  /// The number of the form in digests.
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

extension KernelEvent.Filter {
  /// The filter's number in digests, because the system's own numbers differ between systems.
  fileprivate var code: UInt64 { self == .read ? 1 : self == .write ? 2 : self == .user ? 3 : 0 }
}

import MetalCore
import Testing

/// The kernel's own calls, which the sources make: what holds of them holds of whatever is made of them.
@Suite("Socket options: which socket has which", .backend)
struct OptionExistenceTests {
  @Test(
    "UDP-22 A socket takes a legal value of an option that it has, and says that it does not have the others",
    arguments: [.ipv4, .ipv6] + (Backend.hasPairs ? [.unix] : []) as [SocketFamily],
    [.stream, .datagram] as [SocketKind])
  func existence(family: SocketFamily, kind: SocketKind) throws(IOError) {
    for (option, value) in legalValues where option != .linger || kind == .stream || Backend.datagramsLinger {
      try onSocket(family, kind, of: Selector.K.self) { socket throws(IOError) in
        let reading = failure { () throws(IOError) in _ = try socket.value(of: option) }
        let writing = failure { () throws(IOError) in try socket.set(option, value) }
        for failure in [reading, writing] { #expect(failure == nil || failure == .unsupported, "\(option)") }
        guard option.exists(on: family, kind) else {
          // Some systems have more; an option of TCP or of the other family is nowhere.
          if isNeverThere(option, family) {
            #expect(reading == .unsupported && writing == .unsupported, "\(option)")
          }
          return
        }
        // Recent Linux does not share paths.
        if option == .reusePort, family == .unix { return }
        #expect(reading == nil && writing == nil, "\(option)")
        // The system may give a buffer more.
        if option == .sendBufferSize || option == .receiveBufferSize { return }
        #expect(try socket.value(of: option) == value, "\(option)")
      }
    }
  }

  @Test(
    "UDP-22 A value out of an option's range is invalid, and changes nothing",
    arguments: [.ipv4, .ipv6] as [SocketFamily], [.stream, .datagram] as [SocketKind])
  func ranges(family: SocketFamily, kind: SocketKind) throws(IOError) {
    for (option, value) in legalValues where option.exists(on: family, kind) {
      if option == .linger, kind == .datagram, !Backend.datagramsLinger { continue }
      try onSocket(family, kind, of: Selector.K.self) { socket throws(IOError) in
        try socket.set(option, value)
        let before = try socket.value(of: option)
        let range = option.legalValues
        let others = [Int.min, .max, range.lowerBound &- 1, range.upperBound &+ 1] + wide([1 << 32 | Int64(value)])
        for other in others where !range.contains(other) {
          expectError(.invalidInput) { () throws(IOError) in try socket.set(option, other) }
          #expect(try socket.value(of: option) == before, "\(option), \(other)")
        }
      }
    }
  }

  @Test(
    "UDP-22 A value out of range is invalid for a socket that does not have the option, too",
    .enabled(if: Backend.hasUnixSockets))
  func rangesOfOthers() throws(IOError) {
    try onSocket(.unix, .stream, of: Selector.K.self) { socket throws(IOError) in
      for (option, value) in [(SocketOptionName.noDelay, 2), (.hopLimit, 0), (.keepAliveProbes, 128)] {
        expectError(.invalidInput) { () throws(IOError) in try socket.set(option, value) }
      }
    }
  }

  @Test("UDP-22 An IPv4 socket has no IPv6 groups")
  func groups() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    let group = MulticastGroup.v6(IPv6Address("ff01::114")!, interface: Backend.loopbackInterface)
    expectError(.unsupported) { () throws(IOError) in try socket.join(group) }
    expectError(.unsupported) { () throws(IOError) in try socket.leave(group) }
  }

  /// Every option, with a value that it may have and does not have to begin with.
  private var legalValues: [(SocketOptionName, Int)] {
    let values: [(SocketOptionName, Int)] = [
      (.noDelay, 1), (.hopLimit, 10), (.reuseAddress, 1), (.reusePort, 1), (.ipv6Only, 1),
      (.sendBufferSize, 20_000), (.receiveBufferSize, 20_000), (.keepAlive, 1), (.keepAliveIdle, 61),
      (.keepAliveInterval, 11), (.keepAliveProbes, 5), (.linger, 3), (.broadcast, 1),
      (.multicastLoopbackV4, 0),
      (.multicastHopLimitV4, 9), (.multicastInterfaceV4, Int(IPv4Address.loopback.rawValue)),
      (.multicastLoopbackV6, 0), (.multicastHopLimitV6, 9),
      (.multicastInterfaceV6, Int(Backend.loopbackInterface)),
    ]
    return values.filter { !Backend.missingOptions.contains($0.0) }
  }

  private func isNeverThere(_ option: SocketOptionName, _ family: SocketFamily) -> Bool {
    switch option {
    case .noDelay, .keepAliveIdle, .keepAliveInterval, .keepAliveProbes, .hopLimit: true
    case .multicastLoopbackV4, .multicastHopLimitV4, .multicastInterfaceV4: family == .unix
    default: family != .ipv6
    }
  }

  private func failure(_ operation: () throws(IOError) -> Void) -> IOError.Kind? {
    do throws(IOError) {
      try operation()
      return nil
    } catch {
      return error.kind
    }
  }
}

/// A socket past the sources.
private struct KernelSocket<K: Kernel> {
  let descriptor: K.Descriptor

  func value(of option: SocketOptionName) throws(IOError) -> Int {
    try K.current.option(option, of: descriptor)
  }

  func set(_ option: SocketOptionName, _ value: Int) throws(IOError) {
    try K.current.setOption(option, of: descriptor, to: value)
  }
}

/// Lends a new socket to a closure, and closes it.
private func onSocket<K: Kernel>(
  _ family: SocketFamily, _ kind: SocketKind, of kernel: K.Type,
  _ body: (KernelSocket<K>) throws(IOError) -> Void
) throws(IOError) {
  let owner = K.Owner(owning: try K.current.openSocket(family, kind), on: K.current)
  try body(KernelSocket(descriptor: owner.descriptor))
}

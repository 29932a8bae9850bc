internal import MetalCore

/// The options of a socket, as numbers; switches are 0 or 1.
struct SocketOptionTable {
  let family: SocketFamily
  let kind: SocketKind

  var noDelay = 0
  var hopLimit = 64
  var reuseAddress = 0
  var reusePort = 0
  var ipv6Only = 0
  var sendBufferSize = 0
  var receiveBufferSize = 0
  var keepAlive = 0
  var keepAliveIdle = 7_200
  var keepAliveInterval = 75
  var keepAliveProbes = 8
  var broadcast = 0
  var multicastLoopbackV4 = 1
  var multicastHopLimitV4 = 1
  var multicastInterfaceV4 = 0
  var multicastLoopbackV6 = 1
  var multicastHopLimitV6 = 1
  var multicastInterfaceV6 = 0
  /// Seconds that closing lingers; -1 if it does not.
  var linger = -1

  /// The largest size that a buffer may be given (`kern.ipc.maxsockbuf`).
  static var largestBuffer: Int { 8_388_608 }

  /// Makes the options that a new socket has.
  init(_ family: SocketFamily, _ kind: SocketKind, _ profile: KernelProfile) {
    self.family = family
    self.kind = kind
    switch (family, kind) {
    case (.unix, .stream):
      sendBufferSize = profile.unix.streamBuffer
      receiveBufferSize = profile.unix.streamBuffer
    case (.unix, .datagram):
      sendBufferSize = profile.unix.datagramSendBuffer
      receiveBufferSize = profile.unix.datagramReceiveBuffer
    case (_, .stream):
      sendBufferSize = profile.tcp.sendBuffer
      receiveBufferSize = profile.tcp.receiveBuffer
    case (_, .datagram):
      sendBufferSize = profile.udp.sendBuffer
      receiveBufferSize = profile.udp.receiveBuffer
    }
  }

  /// Lends the value of an option to a closure; `nil` if sockets of this kind do not have the option.
  ///
  /// A key path would say where the value is, but Embedded Swift has none.
  mutating func withValue<R>(of option: SocketOptionName, _ body: (inout Int) -> R) -> R? {
    guard option.exists(on: family, kind) else { return nil }
    return switch option {
    case .reuseAddress: body(&reuseAddress)
    case .reusePort: body(&reusePort)
    case .sendBufferSize: body(&sendBufferSize)
    case .receiveBufferSize: body(&receiveBufferSize)
    case .keepAlive: body(&keepAlive)
    case .broadcast: body(&broadcast)
    case .linger: body(&linger)
    case .noDelay: body(&noDelay)
    case .keepAliveIdle: body(&keepAliveIdle)
    case .keepAliveInterval: body(&keepAliveInterval)
    case .keepAliveProbes: body(&keepAliveProbes)
    case .hopLimit: body(&hopLimit)
    case .ipv6Only: body(&ipv6Only)
    case .multicastLoopbackV4: body(&multicastLoopbackV4)
    case .multicastHopLimitV4: body(&multicastHopLimitV4)
    case .multicastInterfaceV4: body(&multicastInterfaceV4)
    case .multicastLoopbackV6: body(&multicastLoopbackV6)
    case .multicastHopLimitV6: body(&multicastHopLimitV6)
    case .multicastInterfaceV6: body(&multicastInterfaceV6)
    }
  }
}

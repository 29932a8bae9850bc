internal import MetalCore

/// The options of a socket, as numbers; switches are 0 or 1.
struct SocketOptionTable {
  private(set) var family = SocketFamily.ipv4
  private(set) var kind = SocketKind.stream

  var noDelay = 0
  var timeToLive = 64
  var reuseAddress = 0
  var reusePort = 0
  var onlyV6 = 0
  var sendBufferSize = 0
  var receiveBufferSize = 0
  var keepAlive = 0
  var keepAliveIdle = 7_200
  var keepAliveInterval = 75
  var keepAliveProbes = 8
  var broadcast = 0
  var multicastLoopV4 = 1
  var multicastTimeToLiveV4 = 1
  var multicastInterfaceV4 = 0
  var multicastLoopV6 = 1
  var multicastHopsV6 = 1
  var multicastInterfaceV6 = 0
  /// Seconds that closing lingers; `nil` if it does not.
  var linger: Int?

  /// The largest size that a buffer may be given (`kern.ipc.maxsockbuf`).
  static var largestBuffer: Int { 8_388_608 }

  mutating func setDefaults(_ family: SocketFamily, _ kind: SocketKind, _ profile: KernelProfile) {
    self.family = family
    self.kind = kind
    switch (family, kind) {
    case (.unix, .stream):
      sendBufferSize = profile.unixStreamBuffer
      receiveBufferSize = profile.unixStreamBuffer
    case (.unix, .datagram):
      sendBufferSize = profile.unixDatagramSendBuffer
      receiveBufferSize = profile.unixDatagramReceiveBuffer
    case (_, .stream):
      sendBufferSize = profile.tcpSendBuffer
      receiveBufferSize = profile.tcpReceiveBuffer
    case (_, .datagram):
      sendBufferSize = profile.udpSendBuffer
      receiveBufferSize = profile.udpReceiveBuffer
    }
  }

  /// Lends the value of an option to a closure; `nil` if sockets of this kind do not have the option.
  ///
  /// A key path would say where the value is, but Embedded Swift has none.
  mutating func withValue<R>(of option: SocketOption, _ body: (inout Int) -> R) -> R? {
    guard option.exists(on: family, kind) else { return nil }
    return switch option {
    case .reuseAddress: body(&reuseAddress)
    case .reusePort: body(&reusePort)
    case .sendBufferSize: body(&sendBufferSize)
    case .receiveBufferSize: body(&receiveBufferSize)
    case .keepAlive: body(&keepAlive)
    case .broadcast: body(&broadcast)
    case .noDelay: body(&noDelay)
    case .keepAliveIdle: body(&keepAliveIdle)
    case .keepAliveInterval: body(&keepAliveInterval)
    case .keepAliveProbes: body(&keepAliveProbes)
    case .timeToLive: body(&timeToLive)
    case .onlyV6: body(&onlyV6)
    case .multicastLoopV4: body(&multicastLoopV4)
    case .multicastTimeToLiveV4: body(&multicastTimeToLiveV4)
    case .multicastInterfaceV4: body(&multicastInterfaceV4)
    case .multicastLoopV6: body(&multicastLoopV6)
    case .multicastHopsV6: body(&multicastHopsV6)
    case .multicastInterfaceV6: body(&multicastInterfaceV6)
    }
  }
}

internal import MetalCore

/// The options of a socket as numbers, with 0 or 1 for switches.
struct SocketOptionTable {
  /// The values by the numbers of the 19 options.
  private var values = InlineArray<19, Int>(repeating: 0)

  /// The largest size of a buffer, in bytes (`kern.ipc.maxsockbuf`).
  static var largestBuffer: Int { 8_388_608 }

  /// Makes the options that a new socket has.
  init(_ family: SocketFamily, _ kind: SocketKind, _ profile: KernelProfile) {
    self[.hopLimit] = 64
    self[.keepAliveIdle] = 7_200
    self[.keepAliveInterval] = 75
    self[.keepAliveProbes] = 8
    self[.multicastLoopbackV4] = 1
    self[.multicastHopLimitV4] = 1
    self[.multicastLoopbackV6] = 1
    self[.multicastHopLimitV6] = 1
    // By default, closing does not wait.
    self[.linger] = -1
    (self[.sendBufferSize], self[.receiveBufferSize]) =
      switch (family, kind) {
      case (.unix, .stream): (profile.unix.streamBuffer, profile.unix.streamBuffer)
      case (.unix, .datagram): (profile.unix.datagramSendBuffer, profile.unix.datagramReceiveBuffer)
      case (_, .stream): (profile.tcp.sendBuffer, profile.tcp.receiveBuffer)
      case (_, .datagram): (profile.udp.sendBuffer, profile.udp.receiveBuffer)
      }
  }

  subscript(option: SocketOptionName) -> Int {
    get { values[Int(option.rawValue)] }
    set { values[Int(option.rawValue)] = newValue }
  }
}

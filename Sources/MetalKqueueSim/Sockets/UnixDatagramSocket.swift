internal import MetalCore

final class UnixDatagramSocket: UnixSocket {
  override var datagram: UnixDatagramSocket? { self }

  static func makePair(_ node: Node) -> (Socket, Socket) {
    (
      UnixDatagramSocket(node, .unix, .datagram, node.profile),
      UnixDatagramSocket(node, .unix, .datagram, node.profile)
    )
  }
}

internal import MetalCore

final class UnixStreamSocket: Socket {
  static func makePair(_ node: Node) -> (Socket, Socket) {
    (
      UnixStreamSocket(node, .unix, .stream, node.profile),
      UnixStreamSocket(node, .unix, .stream, node.profile)
    )
  }
}
final class UnixDatagramSocket: Socket {
  static func makePair(_ node: Node) -> (Socket, Socket) {
    (
      UnixDatagramSocket(node, .unix, .datagram, node.profile),
      UnixDatagramSocket(node, .unix, .datagram, node.profile)
    )
  }
}
struct SocketFiles {
  var paths: [String] { [] }
  mutating func remove(_ path: String) -> Bool { false }
  mutating func removeAll() {}
}

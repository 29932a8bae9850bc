import MetalCore

/// A UDP socket that is connected to another, and what may come of it.
struct UDPLine: ~Copyable, Sendable {
  var socket: UDPSocket
  private let peer: UDPSocket

  init() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    let peer = try UDPSocket(bindingTo: anyPort)
    try socket.connect(to: try peer.localAddress)
    self.socket = socket
    self.peer = peer
  }

  /// Has a datagram of the socket refused, which is known when this returns.
  ///
  /// The peer has its port and takes datagrams from itself alone.
  func provokeError() throws(IOError) {
    try peer.connect(to: try peer.localAddress)
    _ = try socket.send([0].span)
  }

  /// Has a datagram arrive at the socket.
  func deliver(_ bytes: [UInt8]) throws(IOError) {
    try peer.connect(to: try socket.localAddress)
    _ = try peer.send(bytes.span)
  }

  /// Receives at the peer what the socket has sent.
  func receive() throws(IOError) -> [UInt8] {
    try peer.receiveWhenReady(.receive).bytes
  }
}

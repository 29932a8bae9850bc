// The type of an option says which sockets have it.

import MetalIO

func setOptions(
  _ tcp: borrowing TCPStream, _ unix: borrowing UnixStream, _ udp: borrowing UDPSocket
) throws(IOError) {
  // expected-error: static property 'noDelay' requires the types 'UnixAddress' and 'SocketAddress' be equivalent
  try unix.setOption(.noDelay, to: true)
  // instead: try tcp.setOption(.noDelay, to: true)
  // expected-error: static property 'noDelay' requires the types 'SocketKind.Datagram' and 'SocketKind.Stream' be equivalent
  try udp.setOption(.noDelay, to: true)
  // instead: try udp.setOption(.broadcast, to: true)
  // expected-error: static property 'broadcast' requires the types 'SocketKind.Stream' and 'SocketKind.Datagram' be equivalent
  _ = try tcp.option(.broadcast)
  // instead: _ = try udp.option(.broadcast)
}

func makeSockets() throws(IOError) {
  // expected-error: cannot convert value of type 'SocketSetting<SocketKind.Stream, SocketAddress>' to expected element type 'SocketSetting<SocketKind.Datagram, SocketAddress>'
  _ = try UDPSocket(options: [SocketSetting.linger(.zero)])
  // instead: _ = try UDPSocket(options: [.broadcast(true)])
}

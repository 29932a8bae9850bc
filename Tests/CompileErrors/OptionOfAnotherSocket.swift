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

func makeSettings() -> [SocketSetting<SocketKind.Datagram, SocketAddress>] {
  // expected-error: referencing static method 'keepAlive' on 'SocketSetting' requires the types 'SocketKind.Datagram' and 'SocketKind.Stream' be equivalent
  [.keepAlive(true)]
  // instead: [.broadcast(true)]
}

// What an object, a global variable or an escaping closure holds cannot be consumed in place.

import MetalIO

final class Server {
  var listener: TCPListener
  // instead: var listener: TCPListener?

  init(_ listener: consuming TCPListener) {
    self.listener = listener
    // instead: self.listener = .some(listener)
  }

  func stop() throws(IOError) {
    // expected-error: noncopyable 'self.listener' cannot be consumed when captured by an escaping closure or borrowed by a non-Escapable type
    try listener.close()
    // instead: try listener.take()?.close()
  }
}

func greet(_ address: SocketAddress) throws(IOError) {
  // expected-error: noncopyable 'stream' cannot be consumed when captured by an escaping closure or borrowed by a non-Escapable type
  let stream = try TCPStream(connectingTo: address)
  // expected-note: consumed here
  defer { try? stream.close() }
  // instead:
  _ = try stream.write("hello".utf8.span)
}

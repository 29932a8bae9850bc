import MetalIO

func serve(port: UInt16) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 64)
  var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: port))
  try poll.registry.register(&listener, token: 0, interests: .readable)
  print("listening on \(try listener.localAddress)")

  while true {
    do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
    while let event = events.popFirst() {
      guard event.token == 0 else { continue }
      while let accepted = try listener.accept() {
        // Eleven bytes fit into the send buffer of a new connection.
        _ = try accepted.stream.write("hello, you\n".utf8.span)
        print("greeted \(accepted.peerAddress)")
      }
    }
  }
}

try serve(port: 7000)

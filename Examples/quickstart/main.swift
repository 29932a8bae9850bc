// A listener and its client in one process, on one poll: each event is printed as it comes.

import MetalIO

extension Token {
  static let listener: Token = 0
  static let client: Token = 1
  static let server: Token = 2
}

func quickstart() throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 16)

  // Port 0: the system chooses one.
  var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
  try poll.registry.register(&listener, token: .listener, interests: .readable)

  // Connecting returns at once. A writable event reports that the attempt has ended.
  var client = try TCPStream(connectingTo: listener.localAddress)
  try poll.registry.register(&client, token: .client, interests: .writable)

  var server: TCPStream? = nil
  var buffer = [UInt8](repeating: 0, count: 64)

  while true {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: .seconds(5))
    } catch .interrupted {
      // A signal has arrived, or the process continues after a stop (Ctrl-Z, fg). No source is ready.
      continue
    }
    while let event = events.popFirst() {
      print(event)
      switch event.token {
      case .listener:
        // Edge-triggered: accept until there is nothing left to accept.
        while let accepted = try listener.accept() {
          print("accepted a connection from \(accepted.peerAddress)")
          var stream = accepted.stream
          try poll.registry.register(&stream, token: .server, interests: .readable)
          server = .some(stream)
        }

      case .client:
        if let error = try client.takePendingError() { throw error }
        let count = try client.write("Hello, Metal I/O!".utf8.span) ?? 0
        print("connected to \(try client.peerAddress), wrote \(count) bytes")
        try client.shutdown(.write)

      default:
        // Read until the stream would block, or has ended.
        while let count = try server?.read(into: buffer.mutableSpan) {
          guard count > 0 else { return print("the client has finished") }
          print("read \(count) bytes: \(String(decoding: buffer[..<count], as: UTF8.self))")
        }
      }
    }
  }
}

try quickstart()

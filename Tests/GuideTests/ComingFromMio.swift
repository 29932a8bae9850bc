// The code of the article "Coming from mio".

import MetalIO

enum ComingFromMio {
  func serve(at address: SocketAddress) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 256)
    var listener = try TCPListener(bindingTo: address)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    var streams = Slab<TCPStream>()
    while true {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() {
        if event.token == 0 {
          while let accepted = try listener.accept() {
            var stream = accepted.stream
            try poll.registry.register(&stream, token: streams.nextToken, interests: .readable)
            streams.insert(stream)
          }
        } else if try streams.update(event.token, drain) == true {
          streams.remove(event.token)
        }
      }
    }
  }

  /// Reads until the call would block, and returns whether the peer has finished.
  func drain(_ stream: inout TCPStream) throws(IOError) -> Bool {
    var buffer = InlineArray<4096, UInt8>(repeating: 0)
    while let count = try stream.read(into: buffer.mutableSpan) {
      guard count > 0 else { return true }
      print("\(count) bytes")
    }
    return false
  }
}

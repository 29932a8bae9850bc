import Harness
import MetalCore
import MetalSystem

/// A server whose poll, events and connections are locals of one function.
func serveFromLocals(_ address: SocketAddress, _ drains: Bool, _ count: Int) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 256)
  var listener = try TCPListener(bindingTo: address)
  try poll.registry.register(&listener, token: .listener, interests: .readable)
  var connections = Slab<Connection<BenchmarkSelector>>()
  var buffer = Buffer(repeating: 0)
  var ended = 0

  print_ready(try listener.localAddress.port)
  begin_measuring()
  while ended < count {
    do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
    while let event = events.popFirst() {
      if event.token == .listener {
        while let accepted = try listener.accept() {
          var stream = accepted.stream
          try stream.setOption(.noDelay, to: true)
          try poll.registry.register(&stream, token: connections.nextToken, interests: [.readable, .writable])
          connections.insert(Connection(stream))
        }
        continue
      }
      let goesOn = connections.update(event.token) { $0.serve(event, &buffer, drains: drains) }
      if goesOn == false {
        connections.remove(event.token)
        ended += 1
      }
    }
  }
  end_measuring(UInt64(count))
}

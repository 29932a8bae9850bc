import MetalCore
import MetalSystem

/// A server whose loop is over properties of a class.
final class ClassServer {
  private var poll: Poll
  private var events = Events(capacity: 256)
  private var listener: TCPListener
  private var connections = Slab<Connection<BenchmarkSelector>>()
  private var buffer = Buffer(repeating: 0)
  private let fullRead: Int
  private var ended = 0

  init(_ poll: consuming Poll, _ listener: consuming TCPListener, _ fullRead: Int) {
    self.poll = poll
    self.listener = listener
    self.fullRead = fullRead
  }

  func run(_ count: Int) throws(IOError) {
    while ended < count {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() { try serve(event) }
    }
  }

  private func serve(_ event: Event) throws(IOError) {
    guard event.token != .listener else { return try accept() }
    let goesOn = connections.update(event.token) { $0.serve(event, &buffer, fullRead: fullRead) }
    if goesOn == false {
      connections.remove(event.token)
      ended += 1
    }
  }

  private func accept() throws(IOError) {
    while let accepted = try listener.accept() {
      var stream = accepted.stream
      try stream.setOption(.noDelay, to: true)
      try poll.registry.register(&stream, token: connections.nextToken, interests: [.readable, .writable])
      connections.insert(Connection(stream))
    }
  }
}

/// A class that holds a server in a struct, and calls its loop, as the guide says.
final class WrappingServer {
  private var server: Server<BenchmarkSelector>

  init(_ poll: consuming Poll, _ listener: consuming TCPListener, _ fullRead: Int) {
    server = Server(poll, listener, fullRead)
  }

  func run(_ count: Int) throws(IOError) {
    try server.run(count)
  }
}

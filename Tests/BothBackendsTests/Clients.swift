import MetalCore
import Testing

/// Some connections to an echo server, under tokens of a slab, that each send a text and expect it back.
struct Clients<S: Selector>: ~Copyable {
  private var poll: S.Poll
  private var events = S.Events(capacity: 4)
  private var clients: Slab<Client<S>>

  init(_ count: Int, of address: SocketAddress, sending length: Int) throws(IOError) {
    let poll = try S.Poll()
    var clients = Slab<Client<S>>()
    for index in 0..<count {
      var stream = try S.TCPStream(connectingTo: address)
      try poll.registry.register(&stream, token: clients.nextToken, interests: [.readable, .writable])
      clients.insert(Client(stream, sending: (0..<length).map { UInt8(truncatingIfNeeded: $0 &+ index) }))
    }
    self.poll = poll
    self.clients = clients
  }

  /// Whether all have got back what they had sent, and have closed.
  var isDone: Bool { clients.isEmpty }

  /// Waits once, and returns whether there were events; each client does what it can.
  mutating func turn(timeout: Duration) throws(IOError) -> Bool {
    try poll.wait(into: &events, timeout: timeout)
    for event in events {
      let isDone = try clients.update(event.token) { client throws(IOError) in try client.advance() }
      if isDone == true {
        let client = clients.remove(event.token)
        try client?.finish()
      }
    }
    return !events.isEmpty
  }
}

/// One connection. (Not private: Swift 6.3.1 fails to compile the users of such a generic type in other files.)
struct Client<S: Selector>: ~Copyable {
  private let stream: S.TCPStream
  private let text: [UInt8]
  private var sentCount = 0
  private var received: [UInt8] = []

  init(_ stream: consuming S.TCPStream, sending text: [UInt8]) {
    self.stream = stream
    self.text = text
  }

  /// Sends and receives until either would block, and returns whether everything has come back.
  mutating func advance() throws(IOError) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1000)
    while sentCount < text.count, let count = try stream.write(text.span.extracting(sentCount...)) {
      sentCount += count
    }
    while received.count < text.count, let count = try stream.read(into: buffer.mutableSpan) {
      if count == 0 { throw IOError(.connectionAborted) }
      received += buffer[..<count]
    }
    return received.count == text.count
  }

  consuming func finish() throws(IOError) {
    let isEcho = received == text
    #expect(isEcho)
    try stream.close()
  }
}

import MetalIO

/// One connection's two ends, and the poll that both are registered with.
struct TCPBench: ~Copyable {
  var poll: Poll
  var events: Events
  var listener: TCPListener
  var ends: Slab<TCPStream>
  let client: Token
  let server: Token
  var buffer = InlineArray<4096, UInt8>(repeating: 7)
  var overflow = InlineArray<64, UInt8>(repeating: 0)

  init() throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 16)
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    try poll.registry.register(&listener, token: 0, interests: .readable)
    var client = try TCPStream(connectingTo: listener.localAddress)
    var server = try accept(from: listener, &poll, &events)

    var ends = Slab<TCPStream>(minimumCapacity: 16)
    let clientToken = ends.nextToken
    try poll.registry.register(&client, token: clientToken, interests: [.readable, .writable])
    ends.insert(client)
    let serverToken = ends.nextToken
    try poll.registry.register(&server, token: serverToken, interests: [.readable, .writable])
    ends.insert(server)

    self.poll = poll
    self.events = events
    self.listener = listener
    self.ends = ends
    self.client = clientToken
    self.server = serverToken
  }

  /// Poll, read, write: what the client sends comes back from the server.
  mutating func echo() throws(IOError) {
    _ = try ends.update(client) { stream throws(IOError) in try stream.write(buffer.span.extracting(..<64)) }
    var returned = false
    while !returned {
      try poll.wait(into: &events, timeout: .seconds(5))
      for event in events where event.isReadable {
        let isServer = event.token == server
        _ = try ends.update(event.token) { stream throws(IOError) in
          while let count = try stream.read(into: buffer.mutableSpan), count > 0 {
            if isServer {
              _ = try stream.write(buffer.span.extracting(..<count))
            } else {
              returned = true
            }
          }
        }
      }
    }
  }

  /// A vectored write, a peek, and reads until one would block.
  mutating func drain() throws(IOError) {
    try gather()
    _ = try ends.update(server) { stream throws(IOError) in
      require(try stream.peek(into: buffer.mutableSpan) == 64)
      while let count = try stream.read(into: buffer.mutableSpan), count > 0 {}
    }
  }

  /// A vectored write and a vectored read.
  mutating func scatter() throws(IOError) {
    try gather()
    _ = try ends.update(server) { stream throws(IOError) in
      var storage = IOVectorStorage<2>()
      var vector = storage.makeMutableVector()
      vector.append(buffer.mutableSpan)
      vector.append(overflow.mutableSpan)
      require(try stream.read(into: vector) == 64)
    }
    try poll.wait(into: &events, timeout: .zero)
  }

  /// Writes from two buffers, and waits until something has arrived.
  private mutating func gather() throws(IOError) {
    _ = try ends.update(client) { stream throws(IOError) in
      var storage = IOVectorStorage<2>()
      var vector = storage.makeVector()
      vector.append(buffer.span.extracting(..<32))
      vector.append(buffer.span.extracting(32..<64))
      require(try stream.write(vector) == 64)
    }
    try poll.wait(into: &events, timeout: .seconds(5))
  }

  /// Register, reregister, deregister.
  mutating func churn() throws(IOError) {
    try poll.registry.deregister(&listener)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    try poll.registry.reregister(&listener, token: 1, interests: .readable)
  }

  /// What registering wrongly throws.
  mutating func misregister() throws(IOError) {
    try expect(.alreadyExists) { () throws(IOError) in
      try poll.registry.register(&listener, token: 2, interests: .readable)
    }
    try poll.registry.deregister(&listener)
    try expect(.notFound) { () throws(IOError) in try poll.registry.deregister(&listener) }
    try poll.registry.register(&listener, token: 0, interests: .readable)
  }

  /// A wake, the poll it ends, and a poll that times out.
  mutating func wake(_ waker: Waker) throws(IOError) {
    try waker.wake()
    try poll.wait(into: &events, timeout: .seconds(5))
    try poll.wait(into: &events, timeout: .zero)
    try poll.wait(into: &events, timeout: .microseconds(1))
  }

  /// Connect, accept, register, close.
  mutating func connect() throws(IOError) {
    var client = try TCPStream(connectingTo: listener.localAddress)
    try client.setOption(.linger, to: .zero)
    let token = ends.nextToken
    try poll.registry.register(&client, token: token, interests: .writable)
    ends.insert(client)
    let server = try accept(from: listener, &poll, &events)
    try server.close()
    ends.remove(token)
  }
}

/// Polls until a connection can be accepted, and accepts it.
func accept(from listener: borrowing TCPListener, _ poll: inout Poll, _ events: inout Events) throws(IOError)
  -> TCPStream
{
  while true {
    try poll.wait(into: &events, timeout: .seconds(5))
    if let accepted = try listener.accept() { return accepted.stream }
  }
}

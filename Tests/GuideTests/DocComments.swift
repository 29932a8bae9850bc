// The examples in the doc comments.

#if canImport(Glibc)
import Glibc
#endif
import KeyValueServer
import MetalIO
import Testing

extension Token {
  static let server: Token = 0
}

@Suite("Examples of doc comments")
struct DocComments {
  @Test("A program can make addresses from numbers and from text")
  func addresses() throws {
    do {
      let host = IPv4Address(192, 168, 0, 1)
      let same = IPv4Address("192.168.0.1")
      #expect(host == same)
    }
    do {
      let host = IPv6Address(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)
      let same = IPv6Address("2001:db8::1")
      #expect(host == same)
    }
    do {
      let here = SocketAddress(IPv4Address.loopback, port: 8080)
      let there = SocketAddress("[2001:db8::1]:443")
      #expect(here.description == "127.0.0.1:8080" && there?.port == 443)
    }
    do {
      let address = try UnixAddress(pathname: "/run/chat.sock")
      #expect(address.pathname == "/run/chat.sock")
    }
    func connect(to address: SocketAddress) { Issue.record("\(address)") }
    do {
      connect(to: try SocketAddress(parsing: "localhost:80"))
    } catch {
      // "localhost:80" is not an address: the letter l at position 0 where a number is expected; …
      print(error)
    }
  }

  enum Outcome { case waiting, ended }

  struct Connection: ~Copyable, Source {
    var stream: TCPStream

    mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
      try stream.register(with: registry, token: token, interests: interests)
    }
    mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
      try stream.reregister(with: registry, token: token, interests: interests)
    }
    mutating func deregister(from registry: Registry) throws(IOError) {
      try stream.deregister(from: registry)
    }
  }

  func watch<T: DescriptorSource & ~Copyable>(
    _ source: inout T, by registry: T.S.Registry, token: Token
  ) throws(IOError) {
    try registry.register(&source, token: token, interests: [.readable, .writable])
  }

  func errors(
    _ stream: borrowing TCPStream, _ bytes: [UInt8], _ written: inout Int, drop: (Int) -> Void, connection: Int
  ) throws(IOError) {
    do throws(IOError) {
      written += try stream.write(bytes.span) ?? 0
    } catch .connectionReset, .brokenPipe {
      drop(connection)
    }
  }

  func loops(_ address: SocketAddress, handle: (Event) -> Void) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 256)
    var listener = try TCPListener(bindingTo: address)
    try poll.registry.register(&listener, token: .listener, interests: .readable)
    while true {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() { handle(event) }
    }
  }

  func largerLoop(_ poll: inout Poll, handle: (Event) -> Void) throws(IOError) {
    var events = Events(capacity: 1024)
    while true {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() { handle(event) }
    }
  }

  func clock(_ poll: inout Poll, _ events: inout Events, handle: (Event) -> Void) throws(IOError) {
    let clock = KernelClock()
    let deadline = clock.now.advanced(by: .seconds(30))
    while clock.now < deadline {
      try poll.wait(into: &events, timeout: clock.now.duration(to: deadline))  // a deadline that has passed: no wait
      while let event = events.popFirst() { handle(event) }
    }
    try poll.wait(into: &events, spinning: .microseconds(50))
  }

  func interests(_ registry: Registry, _ stream: inout TCPStream) throws(IOError) {
    try registry.register(&stream, token: 7, interests: [.readable, .writable])
  }

  func tokens(_ event: Event, accept: () -> Void, serve: (Token) -> Void) {
    switch event.token {
    case .server: accept()
    default: serve(event.token)
    }
  }

  func slab(
    _ accepted: consuming AcceptedConnection<DefaultSelector, SocketAddress>, _ registry: Registry,
    _ events: inout Events
  ) throws(IOError) {
    var connections = Slab<Connection>()

    var stream = accepted.stream
    try registry.register(&stream, token: connections.nextToken, interests: .readable)
    connections.insert(Connection(stream))

    while let event = events.popFirst() {
      let isFinished = try connections.update(event.token) { connection throws(IOError) in
        try connection.advance(event)
      }
      if isFinished == true { connections.remove(event.token) }  // nil: a stale event
    }

    var next = connections.firstToken
    while let token = next {
      next = connections.token(after: token)
      if let connection = connections.remove(token) { try connection.close() }
    }
  }

  func datagrams(_ poll: borrowing Poll, _ buffer: inout InlineArray<2048, UInt8>) throws(IOError) {
    var socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 7000))
    try poll.registry.register(&socket, token: .socket, interests: .readable)
    while let datagram = try socket.receive(into: buffer.mutableSpan) {
      let bytes = buffer.span.extracting(..<datagram.count)
      guard try socket.send(bytes, to: datagram.source) != nil else { break }  // no space: keep it for later
    }
  }

  func gathering(_ stream: borrowing TCPStream, header: [UInt8], body: [UInt8]) throws(IOError) {
    var storage = IOVectorStorage<2>()
    var vector = storage.makeVector()
    vector.append(header.span)
    vector.append(body.span)
    let count = try stream.write(vector)
    _ = count
  }

  func scattering(
    _ stream: borrowing TCPStream, tail: inout [UInt8], overflow: inout [UInt8]
  ) throws(IOError) {
    var storage = IOVectorStorage<2>()
    var vector = storage.makeMutableVector()
    vector.append(tail.mutableSpan)
    vector.append(overflow.mutableSpan)
    let count = try stream.read(into: vector)
    _ = count
  }

  func listening(_ poll: borrowing Poll, add: (consuming TCPStream) -> Void) throws(IOError) {
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    try poll.registry.register(&listener, token: .listener, interests: .readable)
    while let accepted = try listener.accept() { add(accepted.stream) }
  }

  @Test("A program can take both ends out of a pipe, and register each end")
  func pipes() throws {
    let pipe = try PipeEnds()
    var reader = pipe.reader
    var writer = pipe.writer
    let poll = try Poll()
    try watch(&reader, by: poll.registry, token: 1)
    try watch(&writer, by: poll.registry, token: 2)
  }

  func options(_ address: SocketAddress, _ stream: borrowing TCPStream) throws(IOError) {
    let listener = try TCPListener(bindingTo: address, options: [.reusePort(true), .receiveBufferSize(1 << 16)])
    try stream.setOption(.noDelay, to: true)
    let hops = try stream.option(.hopLimit)
    let options: [SocketSetting<SocketKind.Stream, SocketAddress>] = [.noDelay(true), .keepAlive(true)]
    _ = (try listener.localAddress, hops, options)
  }

  func reading(_ stream: borrowing TCPStream, _ input: inout [UInt8]) throws(IOError) -> Outcome {
    while let count = try stream.read(appendingTo: &input, atMost: 4096) {
      guard count > 0 else { return .ended }
    }
    return .waiting
  }

  func reading(
    _ stream: borrowing TCPStream, _ buffer: inout InlineArray<4096, UInt8>, handle: (Span<UInt8>) -> Void
  ) throws(IOError) -> Outcome {
    while let count = try stream.read(into: buffer.mutableSpan) {
      if count == 0 { return .ended }  // the peer has finished
      handle(buffer.span.extracting(..<count))
    }
    return .waiting
  }
}

extension DocComments.Connection {
  init(_ stream: consuming TCPStream) { self.stream = stream }

  mutating func advance(_ event: Event) throws(IOError) -> Bool { false }

  consuming func close() throws(IOError) { try stream.close() }
}

/// The examples in the doc comments of `MetalSystem`.
extension DocComments {
  #if canImport(Glibc)
  @Test("An address survives the conversion to the system's layout and back")
  func sockaddr() throws {
    let given = SocketAddress(IPv4Address.loopback, port: 80)
    let (length, bytes) = try copy(given)
    #expect(try read(bytes, length) == given)
  }

  func read(_ bytes: sockaddr_storage, _ length: Int) throws(IOError) -> SocketAddress {
    var storage = sockaddr_storage()
    // A call of the system fills in `storage` and `length`.
    storage = bytes
    // Safety: the bytes are those of the local storage.
    let address = try unsafe withUnsafeBytes(of: &storage) { buffer throws(IOError) in
      try unsafe SocketAddress(sockaddr: buffer.bytes.extracting(first: Int(length)))
    }
    return address
  }

  func copy(_ address: SocketAddress) throws(IOError) -> (Int, sockaddr_storage) {
    var storage = sockaddr_storage()
    // Safety: the bytes are those of the local storage.
    let length = try unsafe withUnsafeMutableBytes(of: &storage) { buffer throws(IOError) in
      var bytes = unsafe buffer.mutableBytes
      return try address.copySockaddr(into: &bytes)
    }
    return (length, storage)
  }
  #endif

  func descriptors(_ number: Int32, _ poll: borrowing Poll) throws(IOError) {
    var timer = BorrowedDescriptor(number)
    try poll.registry.register(&timer, token: .timer, interests: .readable)
  }

  func descriptors(_ number: Int32) {
    let stream = TCPStream(adopting: OwnedDescriptor(adopting: number))
    let same = stream.releaseDescriptor().release()
    _ = same
  }

  func names(_ host: String, tryAgainLater: () -> Void) throws(ResolutionError) {
    do {
      let addresses = try SocketAddress.resolve("example.com", port: 443)
      _ = addresses
    }
    do {
      let addresses = try SocketAddress.resolve("example.com", service: "https")
      _ = addresses
    }
    var addresses: [SocketAddress] = []
    do throws(ResolutionError) {
      addresses = try SocketAddress.resolve(host, port: 443)
    } catch .temporaryFailure {
      tryAgainLater()
    }
    _ = addresses
  }

  func signals(_ address: SocketAddress) throws(IOError) {
    var server = try KeyValueServer<DefaultSelector>(bindingTo: address)
    let stopper = try server.makeStopper()
    try Signal.handle([.interrupt, .terminate]) { _ in
      do throws(IOError) { try stopper.wake() } catch { fatalError("cannot stop: \(error)") }
    }
    try server.run()
  }
}

extension Token {
  fileprivate static let socket: Token = 2
  fileprivate static let timer: Token = 3
}

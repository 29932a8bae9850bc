import MetalIO

/// Two datagram sockets that are connected with each other, two that are not, and the poll that all are registered with.
struct DatagramBench<Address: EndpointAddress>: ~Copyable {
  typealias Socket = DatagramSocket<DefaultSelector, Address>

  var poll: Poll
  var events: Events
  var left: Socket
  var right: Socket
  var asker: Socket
  var answerer: Socket
  let address: Address
  var buffer = InlineArray<512, UInt8>(repeating: 7)
  var overflow = InlineArray<64, UInt8>(repeating: 0)

  private init(
    _ left: consuming Socket, _ right: consuming Socket, _ asker: consuming Socket, _ answerer: consuming Socket
  ) throws(IOError) {
    let poll = try Poll()
    try poll.registry.register(&left, token: 1, interests: .readable)
    try poll.registry.register(&right, token: 2, interests: .readable)
    try poll.registry.register(&asker, token: 3, interests: .readable)
    try poll.registry.register(&answerer, token: 4, interests: .readable)
    let address = try answerer.localAddress
    self.address = address
    self.poll = poll
    self.events = Events(capacity: 16)
    self.left = left
    self.right = right
    self.asker = asker
    self.answerer = answerer
  }

  /// A datagram there and back, between connected sockets.
  mutating func exchange() throws(IOError) {
    require(try left.send(buffer.span.extracting(..<64)) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    require(try right.receive(into: buffer.mutableSpan)?.count == 64)
    require(try right.send(buffer.span.extracting(..<64)) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    require(try left.receive(into: buffer.mutableSpan)?.count == 64)
    require(try left.receive(into: buffer.mutableSpan) == nil)
  }

  /// A datagram to an address, and the answer to where it came from.
  mutating func exchangeAddressed() throws(IOError) {
    require(try asker.send(buffer.span.extracting(..<64), to: address) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    guard let question = try answerer.receive(into: buffer.mutableSpan) else { return require(false) }
    require(try answerer.send(buffer.span.extracting(..<question.count), to: question.source) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    let answer = try asker.receive(into: buffer.mutableSpan)
    require(answer?.count == 64 && answer?.source == address)
    require(try asker.receive(into: buffer.mutableSpan) == nil)
  }

  /// The vectored forms.
  mutating func scatter() throws(IOError) {
    var storage = IOVectorStorage<2>()
    require(try left.send(gathered(&storage)) == 64)
    require(try asker.send(gathered(&storage), to: address) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    vector.append(overflow.mutableSpan)
    require(try right.receive(into: vector)?.count == 64)
    var other = storage.makeMutableVector()
    other.append(buffer.mutableSpan)
    other.append(overflow.mutableSpan)
    require(try answerer.receive(into: other)?.count == 64)
  }

  /// What a datagram too long for the buffer, and what an empty socket say.
  mutating func fail() throws(IOError) {
    require(try left.send(buffer.span) == 512)
    try poll.wait(into: &events, timeout: .seconds(5))
    require(try right.peek(into: overflow.mutableSpan)?.isTruncated == true)
    require(try right.receive(into: overflow.mutableSpan)?.isTruncated == true)
    require(try right.receive(into: overflow.mutableSpan) == nil)
    require(try right.peek(into: overflow.mutableSpan) == nil)
  }

  @_lifetime(&storage, borrow self)
  private func gathered(_ storage: inout IOVectorStorage<2>) -> IOVector {
    var vector = storage.makeVector()
    vector.append(buffer.span.extracting(..<32))
    vector.append(buffer.span.extracting(32..<64))
    return vector
  }
}

extension DatagramBench where Address == SocketAddress {
  init() throws(IOError) {
    let left = try UDPSocket(bindingTo: anyPort)
    let right = try UDPSocket(bindingTo: anyPort)
    try left.connect(to: right.localAddress)
    try right.connect(to: left.localAddress)
    try self.init(left, right, UDPSocket(bindingTo: anyPort), UDPSocket(bindingTo: anyPort))
  }

  /// A socket's whole life.
  mutating func open() throws(IOError) {
    var socket = try UDPSocket(bindingTo: anyPort)
    try socket.connect(to: address)
    try poll.registry.register(&socket, token: 5, interests: [.readable, .writable])
    try poll.wait(into: &events, timeout: .seconds(5))
    try socket.close()
  }
}

extension DatagramBench where Address == UnixAddress {
  init() throws(IOError) {
    let pair = try UnixDatagramSocket.pair()
    let asker = try UnixDatagramSocket(bindingTo: freshName())
    try self.init(pair.first, pair.second, asker, UnixDatagramSocket(bindingTo: freshName()))
  }

  /// What a socket says whose peer is gone.
  mutating func refuse() throws(IOError) {
    let pair = try UnixDatagramSocket.pair()
    let survivor = pair.first
    try pair.second.close()
    try expect(.connectionRefused) { () throws(IOError) in try survivor.send(buffer.span) }
  }
}

private var anyPort: SocketAddress { SocketAddress(IPv4Address.loopback, port: 0) }

/// An abstract name that nobody else has.
func freshName() throws(IOError) -> UnixAddress {
  try UnixAddress(abstractName: "allocation-probe-\(UInt64.random(in: .min ... .max))")
}

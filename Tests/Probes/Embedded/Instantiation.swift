// Calls every public generic of MetalCore; see NullKernel.swift.

struct Connection: ~Copyable, Source {
  var stream: TCPStream<NullSelector>

  mutating func register(with registry: Registry<NullSelector>, token: Token, interests: Interest)
    throws(IOError)
  {
    try stream.register(with: registry, token: token, interests: interests)
  }
  mutating func reregister(with registry: Registry<NullSelector>, token: Token, interests: Interest)
    throws(IOError)
  {
    try stream.reregister(with: registry, token: token, interests: interests)
  }
  mutating func deregister(from registry: Registry<NullSelector>) throws(IOError) {
    try stream.deregister(from: registry)
  }
}

/// Calls everything; public, so that it is kept.
public func instantiateEverything() throws(IOError) -> String {
  var poll = try Poll<NullSelector>()
  var events = Events<NullSelector>(capacity: 4)
  let waker = try Waker(registry: poll.registry, token: 3)
  try waker.wake()
  guard let address = SocketAddress("127.0.0.1:80"), let sixth = SocketAddress("[fe80::1%2]:80") else {
    return ""
  }
  var text = address.description + sixth.description

  var listener = try TCPListener<NullSelector>(bindingTo: address)
  try poll.registry.register(&listener, token: 0, interests: [.readable, .priority])
  try poll.registry.reregister(&listener, token: 0, interests: .readable)
  try poll.registry.deregister(&listener)
  try listener.setTimeToLive(try listener.timeToLive)
  text += try listener.localAddress.description
  _ = try listener.takePendingError()
  _ = try listener.perform { descriptor throws(IOError) in descriptor }
  let accepted = try listener.accept()
  try accepted.stream.close()
  if let accepted = try listener.acceptIfReady() { text += accepted.peerAddress.description }
  try listener.close()

  var connection = Connection(stream: try TCPStream(connectingTo: sixth))
  try poll.registry.register(&connection, token: 1, interests: .readable | .writable)
  try poll.registry.reregister(&connection, token: 1, interests: .writable)
  try useStream(connection.stream)
  try poll.registry.deregister(&connection)

  try poll.poll(&events, timeout: .seconds(1))
  for event in events { text += event.description + event.debugDescription }
  try poll.poll(&events, timeout: .seconds(1), spinning: .zero)
  do throws(IOError) { try poll.poll(&events, spinning: .microseconds(50)) } catch .deadlock {
    text += "deadlock"
  }
  return text + useSlab() + Interest.readable.description + IOError(.other).description
}

func useStream(_ stream: borrowing TCPStream<NullSelector>) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  var other = InlineArray<16, UInt8>(repeating: 0)
  _ = try stream.read(into: buffer.mutableSpan)
  _ = try stream.readIfReady(into: buffer.mutableSpan)
  _ = try stream.peek(into: buffer.mutableSpan)
  _ = try stream.peekIfReady(into: buffer.mutableSpan)
  _ = try stream.write(buffer.span)
  _ = try stream.writeIfReady(buffer.span)
  try readVectors(stream, &buffer, &other)
  var vector = IOVector<2>()
  vector.append(buffer.span)
  vector.append(other.span)
  _ = try stream.write(vector)
  _ = try stream.writeIfReady(vector)
  var output = OutputSpan<UInt8>()
  _ = try stream.read(appendingTo: &output)
  _ = try stream.readIfReady(appendingTo: &output)
  try stream.shutdown(.both)
  try stream.setNoDelay(try !stream.isNoDelay)
  try stream.setTimeToLive(try stream.timeToLive)
  try stream.setLinger(try stream.linger)
  _ = try stream.localAddress
  _ = try stream.peerAddress
  _ = try stream.takePendingError()
  _ = try stream.perform { descriptor throws(IOError) in descriptor }
}

func readVectors(
  _ stream: borrowing TCPStream<NullSelector>, _ first: inout InlineArray<16, UInt8>,
  _ second: inout InlineArray<16, UInt8>
) throws(IOError) {
  var vector = MutableIOVector<2>()
  vector.append(first.mutableSpan)
  vector.append(second.mutableSpan)
  _ = try stream.read(into: vector)
  var other = MutableIOVector<1>()
  other.append(first.mutableSpan)
  _ = try stream.readIfReady(into: other)
}

func useSlab() -> String {
  struct Element: ~Copyable {
    var value = 0
  }
  var slab = Slab<Element>(minimumCapacity: 2)
  slab.reserveCapacity(8)
  let token = slab.insert(Element())
  let second = slab.insert { token in Element(value: Int(token.rawValue & 1)) }
  let value = slab.update(token) { element in
    element.value += 1
    return element.value
  }
  var sum = slab.withElement(token) { $0.value } ?? 0
  slab.forEach { _, element in sum += element.value }
  slab.updateEach { _, element in element.value += 1 }
  slab.removeAll { _, element in element.value > 100 }
  var next = slab.firstToken
  while let token = next { next = slab.token(after: token) }
  if let element = slab.remove(second) { sum += element.value }
  slab.removeAll(keepingCapacity: false)
  let pair = Pair(Element(), Element())
  sum += pair.first.value
  return "\(value ?? 0) \(sum) \(slab.count) \(slab.contains(token) == true)"
}

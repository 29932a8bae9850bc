// Calls every public generic of MetalCore; see NullKernel.swift.

struct Connection: ~Copyable, Source {
  var stream: NullSelector.TCPStream

  mutating func register(with registry: NullSelector.Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.register(with: registry, token: token, interests: interests)
  }
  mutating func reregister(with registry: NullSelector.Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.reregister(with: registry, token: token, interests: interests)
  }
  mutating func deregister(from registry: NullSelector.Registry) throws(IOError) {
    try stream.deregister(from: registry)
  }
}

/// Calls everything; public, so that it is kept.
public func instantiateEverything() throws(IOError) -> String {
  var poll = try NullSelector.Poll()
  var events = NullSelector.Events(capacity: 4)
  let waker = try poll.registry.makeWaker(token: 3)
  try waker.wake()
  guard let address = SocketAddress("127.0.0.1:80"), let sixth = SocketAddress("[fe80::1%2]:80") else { return "" }
  var text = address.description + sixth.description

  var listener = try NullSelector.TCPListener(
    bindingTo: address, backlog: 16, options: [.reusePort(true), .receiveBufferSize(1 << 16)])
  try poll.registry.register(&listener, token: 0, interests: [.readable, .priority])
  try poll.registry.reregister(&listener, token: 0, interests: .readable)
  try poll.registry.deregister(&listener)
  try listener.setOption(.hopLimit, to: try listener.option(.hopLimit))
  text += try listener.localAddress.description
  _ = try listener.takePendingError()
  _ = try listener.perform { descriptor throws(IOError) in descriptor }
  if let accepted = try listener.accept() { text += accepted.peerAddress.description }
  try listener.close()

  var connection = Connection(
    stream: try NullSelector.TCPStream(
      connectingTo: sixth, from: address, options: [.noDelay(true), .keepAliveIdle(.seconds(1))]))
  try poll.registry.register(&connection, token: 1, interests: .readable | .writable)
  try poll.registry.reregister(&connection, token: 1, interests: .writable)
  try useStream(connection.stream)
  try useStreamOptions(connection.stream)
  try poll.registry.deregister(&connection)

  try poll.wait(into: &events, timeout: .seconds(1))
  for event in events { text += event.description + event.debugDescription }
  while let event = events.popFirst() { text += event.description }
  try poll.wait(into: &events, timeout: .seconds(1), spinning: .zero)
  do throws(IOError) { try poll.wait(into: &events, spinning: .microseconds(50)) } catch .deadlock {
    text += "deadlock"
  }
  return text + useSlab() + Interests.readable.description + IOError(.other).description
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

// allocation-probe [--allocate]: counts the heap allocations of 10,000 turns of each thing an event loop does.
//
// It must be built for release, without the testing library, which allocates on every throw. It exits 0 if nothing
// was allocated, 1 otherwise. With --allocate each turn allocates on purpose, which shows that the check can fail.

import AllocationCounter
import ExampleSupport
import MetalCore
import MetalEpoll

typealias Poll = MetalCore.Poll<EpollSelector>
typealias Events = MetalCore.Events<EpollSelector>
typealias TCPListener = MetalCore.TCPListener<EpollSelector>
typealias TCPStream = MetalCore.TCPStream<EpollSelector>
typealias Waker = MetalCore.Waker<EpollSelector>

let turns = 10_000
let allocatesOnPurpose = CommandLine.arguments.contains("--allocate")

/// One connection's two ends, and the poll that both are registered with.
struct Bench: ~Copyable {
  var poll: Poll
  var events: Events
  var listener: TCPListener
  var ends: Slab<TCPStream>
  let client: Token
  let server: Token
  var buffer = InlineArray<4096, UInt8>(repeating: 7)

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
      try poll.poll(&events, timeout: .seconds(5))
      for event in events where event.isReadable {
        let isServer = event.token == server
        _ = try ends.update(event.token) { stream throws(IOError) in
          while let count = try stream.readIfReady(into: buffer.mutableSpan) {
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

  /// The throwing forms, ending in a would-block; peeking; vectored forms.
  mutating func drain() throws(IOError) {
    _ = try ends.update(client) { stream throws(IOError) in
      var vector = IOVector<2>()
      vector.append(buffer.span.extracting(..<32))
      vector.append(buffer.span.extracting(32..<64))
      _ = try stream.write(vector)
    }
    try poll.poll(&events, timeout: .seconds(5))
    _ = try ends.update(server) { stream throws(IOError) in
      _ = try stream.peek(into: buffer.mutableSpan)
      do throws(IOError) {
        while true { _ = try stream.read(into: buffer.mutableSpan) }
      } catch .wouldBlock {}
    }
  }

  /// Register, reregister, deregister.
  mutating func churn() throws(IOError) {
    try poll.registry.deregister(&listener)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    try poll.registry.reregister(&listener, token: 1, interests: .readable)
  }

  /// A wake, the poll it ends, and a poll that times out.
  mutating func wake(_ waker: Waker) throws(IOError) {
    try waker.wake()
    try poll.poll(&events, timeout: .seconds(5))
    try poll.poll(&events, timeout: .zero)
    try poll.poll(&events, timeout: .microseconds(1))
  }

  /// Connect, accept, register, close.
  mutating func connect() throws(IOError) {
    var client = try TCPStream(connectingTo: listener.localAddress)
    try client.setLinger(.zero)
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
    try poll.poll(&events, timeout: .seconds(5))
    if let accepted = try listener.acceptIfReady() { return accepted.stream }
  }
}

/// Runs a turn many times, after a few to warm up, and reports the allocations made meanwhile.
func count(_ name: String, _ turn: () throws(IOError) -> Void) throws(IOError) -> Bool {
  for _ in 0..<10 { try turn() }
  var deliberate: [Int] = []
  let before = allocation_counter_allocations()
  for index in 0..<turns {
    try turn()
    if allocatesOnPurpose { deliberate = [deliberate.count, index] }
  }
  let allocations = allocation_counter_allocations() - before
  announce("\(name): \(allocations) allocations in \(turns) turns")
  return allocations == 0
}

func run() throws(IOError) -> Bool {
  guard allocation_counter_is_active() else { fail("allocation-probe: allocations are not counted here") }
  var bench = try Bench()
  let waker = try Waker(registry: bench.poll.registry, token: 9)
  var isClean = true
  isClean = try count("poll, read, write") { () throws(IOError) in try bench.echo() } && isClean
  isClean =
    try count("peek, vectored write, read to would-block") { () throws(IOError) in try bench.drain() }
    && isClean
  isClean =
    try count("deregister, register, reregister") { () throws(IOError) in try bench.churn() } && isClean
  isClean = try count("wake, poll, time out") { () throws(IOError) in try bench.wake(waker) } && isClean
  isClean = try count("connect, accept, close") { () throws(IOError) in try bench.connect() } && isClean
  return isClean
}

do throws(IOError) {
  guard try run() else { fail("allocation-probe: something was allocated") }
} catch {
  fail("allocation-probe: \(error)")
}

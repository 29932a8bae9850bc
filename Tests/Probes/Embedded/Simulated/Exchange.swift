// A client, a server and a waker in one loop on the simulated kernel, for a compilation as Embedded Swift.
//
// Every source and poll is given its kernel by `on:`, since nothing binds one there.

public import MetalCore
internal import MetalKqueue
internal import MetalKqueueSim

extension Token {
  static var listener: Token { 0 }
  static var server: Token { 1 }
  static var waker: Token { 2 }
}

/// What the loop has seen; public, so that it is kept.
public struct Outcome: Equatable {
  /// The bytes that the client got back.
  public var echoed = 0
  /// Whether the waker's event came.
  public var wasWoken = false
  /// The digest of the simulation's trace.
  public var digest: UInt64 = 0
}

/// Sends bytes to an echo server on another machine, and wakes the loop meanwhile, until all are back.
public func exchange(seed: UInt64) throws(IOError) -> Outcome {
  let simulation = Simulation(seed: seed)
  let near = simulation.node("near")
  let far = simulation.node("far")
  simulation.setLatency(near, far, to: .milliseconds(1))

  // One loop: the far machine's poll waits, and the near one's client is looked after on every turn.
  var poll = try KqueueSimSelector.Poll(on: far)
  var events = KqueueSimSelector.Events(capacity: 8)
  var listener = try KqueueSimSelector.TCPListener(bindingTo: SocketAddress(far.address, port: 7), on: far)
  try poll.registry.register(&listener, token: .listener, interests: .readable)
  let waker = try poll.registry.makeWaker(token: .waker)
  simulation.schedule(after: .microseconds(1_500)) {
    do throws(IOError) { try waker.wake() } catch {}
  }

  let client = try KqueueSimSelector.TCPStream(connectingTo: SocketAddress(far.address, port: 7), on: near)
  var server: KqueueSimSelector.TCPStream?
  var outcome = Outcome()
  var buffer = InlineArray<64, UInt8>(repeating: 7)
  while outcome.echoed < 64 || !outcome.wasWoken {
    try poll.wait(into: &events, timeout: .milliseconds(10), spinning: .microseconds(50))
    while let event = events.popFirst() {
      switch event.token {
      case .listener:
        if let accepted = try listener.accept() {
          var stream = accepted.stream
          try poll.registry.register(&stream, token: .server, interests: .readable)
          server = consume stream
          _ = try client.write(buffer.span)
        }
      case .server:
        while let count = try server?.read(into: buffer.mutableSpan), count > 0 {
          _ = try server?.write(buffer.span.extracting(first: count))
        }
      default:
        outcome.wasWoken = true
      }
    }
    if server != nil, let count = try client.read(into: buffer.mutableSpan) {
      outcome.echoed += count
    }
  }
  outcome.digest = simulation.trace.digest
  return outcome
}

import ExampleSupport
import MetalIO
import ProbeSupport
import Synchronization

/// Round trips before the time is taken.
private var warmUpRounds: Int { 500 }

/// Runs rounds, and measures all but the first ones.
private func measure(_ rounds: Int, _ round: () throws(IOError) -> Void) throws(IOError) -> Figures {
  for _ in 0..<warmUpRounds { try round() }
  let (wall, processor) = (wallNanoseconds, processorNanoseconds)
  for _ in 0..<rounds { try round() }
  return Figures(rounds: rounds, wall: wallNanoseconds - wall, processor: processorNanoseconds - processor)
}

/// Runs what may throw on a thread of its own, where nobody could catch it.
private func start(_ body: @escaping @Sendable () throws(IOError) -> Void) -> RunningThread {
  RunningThread {
    place(onProcessor: 1)
    do throws(IOError) { try body() } catch { fail("spin-probe: the other thread: \(error)") }
  }
}

/// A value on its way to another thread.
private final class Box<Value: ~Copyable & Sendable>: Sendable {
  private let value: Mutex<Value?>

  init(_ value: consuming sending Value) {
    self.value = Mutex(value)
  }

  func take() -> Value {
    guard let value = value.withLock({ $0.take() }) else { fail("spin-probe: a box was opened twice") }
    return value
  }
}

// MARK: - Streams

/// One end of a connection, with the poll that it is waited for on.
private struct End<Address: EndpointAddress>: ~Copyable {
  var poll: Poll
  var events = Events(capacity: 8)
  var stream: StreamSocket<DefaultSelector, Address>
  var buffer = InlineArray<64, UInt8>(repeating: 1)
  let spinning: Duration

  init(_ stream: consuming StreamSocket<DefaultSelector, Address>, _ spinning: Duration) throws(IOError) {
    let poll = try Poll()
    var stream = stream
    try poll.registry.register(&stream, token: 1, interests: .readable)
    self.poll = poll
    self.stream = stream
    self.spinning = spinning
  }

  /// Waits for a message; returns whether there is one, or the stream has ended.
  mutating func receive() throws(IOError) -> Bool {
    while true {
      try poll.wait(into: &events, spinning: spinning)
      for event in events where event.isReadable {
        // Edge-triggered, and a whole message or none: the next one comes only after the answer.
        if let count = try stream.read(into: buffer.mutableSpan) { return count > 0 }
      }
    }
  }

  func send() throws(IOError) {
    guard try stream.write(buffer.span) == buffer.count else { fail("spin-probe: a message was cut off") }
  }
}

/// Plays ping-pong over two ends of a connection, on two threads.
func playOverStreams<Address: EndpointAddress>(
  _ ping: consuming sending StreamSocket<DefaultSelector, Address>,
  _ pong: consuming sending StreamSocket<DefaultSelector, Address>, _ rounds: Int, _ spinning: Duration
) throws(IOError) -> Figures {
  let box = Box(pong)
  let other = start { () throws(IOError) in
    var end = try End(box.take(), spinning)
    while try end.receive() { try end.send() }
  }
  let figures = try playAsFirst(ping, rounds, spinning)
  other.join()
  return figures
}

/// Begins each round; the stream ends with the last.
private func playAsFirst<Address: EndpointAddress>(
  _ stream: consuming StreamSocket<DefaultSelector, Address>, _ rounds: Int, _ spinning: Duration
) throws(IOError) -> Figures {
  var end = try End(stream, spinning)
  return try measure(rounds) { () throws(IOError) in
    try end.send()
    guard try end.receive() else { fail("spin-probe: the stream has ended") }
  }
}

// MARK: - Wakes

/// Plays ping-pong by waking each other's polls: a round is two wakes.
func playByWaking(_ rounds: Int, _ spinning: Duration) throws(IOError) -> Figures {
  var near = try Poll()
  let far = try Poll()
  let nearWaker = try near.registry.makeWaker(token: 1)
  let farWaker = try far.registry.makeWaker(token: 1)
  let box = Box(far)
  let total = warmUpRounds + rounds
  let other = start { () throws(IOError) in
    var poll = box.take()
    var events = Events(capacity: 8)
    for _ in 0..<total {
      repeat { try poll.wait(into: &events, spinning: spinning) } while events.isEmpty
      try nearWaker.wake()
    }
  }
  var events = Events(capacity: 8)
  let figures = try measure(rounds) { () throws(IOError) in
    try farWaker.wake()
    repeat { try near.wait(into: &events, spinning: spinning) } while events.isEmpty
  }
  other.join()
  return figures
}

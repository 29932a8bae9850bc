import ExampleSupport
import Glibc
import MetalIO

/// Connections that speak and connections that do not, on one poll.
struct IdleBench: ~Copyable {
  var poll: Poll
  var events = Events(capacity: 128)
  var listener: TCPListener
  let port: UInt16
  /// Pairs of ends, a client's and its server's under following tokens.
  var active = Slab<End>()
  var idle = Slab<TCPStream>()
  var control: TCPStream?
  var holder: pid_t = 0
  var round: UInt64 = 0
  var buffer = InlineArray<64, UInt8>(repeating: 0)

  /// One end of an active connection.
  struct End: ~Copyable {
    var stream: TCPStream
    let isServer: Bool
    /// The last round whose message was received here.
    var received: UInt64 = 0
  }

  init() throws(IOError) {
    let poll = try Poll()
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    let address = try listener.localAddress
    try poll.registry.register(&listener, token: .listener, interests: .readable)
    self.poll = poll
    self.listener = listener
    port = address.port
  }

  /// Opens connections with both ends here, and registers both.
  mutating func addActive(_ count: Int) throws(IOError) {
    let address = try listener.localAddress
    for _ in 0..<count {
      let client = try TCPStream(connectingTo: address)
      try addEnd(client, isServer: false)
      try addEnd(try accept(), isServer: true)
    }
  }

  private mutating func addEnd(_ stream: consuming TCPStream, isServer: Bool) throws(IOError) {
    try stream.setOption(.noDelay, to: true)
    try poll.registry.register(&stream, token: active.nextToken, interests: .readable)
    active.insert(End(stream: stream, isServer: isServer))
  }

  private mutating func accept() throws(IOError) -> TCPStream {
    while true {
      if let accepted = try listener.accept() { return accepted.stream }
      try poll.wait(into: &events, timeout: .seconds(10))
      guard !events.isEmpty else { fail("idle-probe: a connection was lost") }
    }
  }

  /// Has another process open connections, and registers this end of them.
  mutating func addIdle(_ count: Int) throws(IOError) {
    guard count > 0 else { return }
    holder = startHolder(count, connectionsTo: port)
    control = .some(try accept())
    for index in 0..<count {
      var stream = try accept()
      // Reset when closed, so that the ports of so many are not occupied for a minute.
      try stream.setOption(.linger, to: .zero)
      // Apart from the tokens of the active ones, which are below this bit.
      let token = Token(rawValue: idle.nextToken.rawValue | .idleBit)
      try poll.registry.register(&stream, token: token, interests: .readable)
      idle.insert(stream)
      if (index + 1) % batch == 0 { try tellHolder() }
    }
  }

  private mutating func tellHolder() throws(IOError) {
    let word: [UInt8] = [1]
    guard try control!.write(word.span) == 1 else { fail("idle-probe: the holder was not told") }
  }
}

extension IdleBench {
  /// Runs rounds in each of which every client sends a message, and every server one back.
  @inline(never)
  mutating func exchangeRounds(_ rounds: Int) throws(IOError) {
    for _ in 0..<rounds {
      round += 1
      let message = round
      try active.forEach { _, end throws(IOError) in
        if !end.isServer { try send(message, on: end.stream) }
      }
      var remaining = active.count
      while remaining > 0 {
        try poll.wait(into: &events, timeout: .seconds(10))
        guard !events.isEmpty else { fail("idle-probe: \(remaining) messages were lost in round \(round)") }
        for event in events {
          let received = try active.update(event.token) { end throws(IOError) in try receive(message, at: &end) }
          guard let received else { fail("idle-probe: \(event) for a connection that is idle") }
          if received { remaining -= 1 }
        }
      }
    }
  }

  /// Has all idle connections speak, and hears every one of them.
  mutating func hearIdle() throws(IOError) {
    guard !idle.isEmpty else { return }
    try tellHolder()
    var remaining = idle.count
    while remaining > 0 {
      try poll.wait(into: &events, timeout: .seconds(10))
      guard !events.isEmpty else { fail("idle-probe: \(remaining) idle connections were not heard") }
      for event in events {
        let token = Token(rawValue: event.token.rawValue & ~.idleBit)
        let count = try idle.update(token) { stream throws(IOError) in try stream.read(into: buffer.mutableSpan) }
        if count == .some(.some(1)) { remaining -= 1 }
      }
    }
    control = nil
    idle.removeAll()
    wait(for: holder)
  }
}

/// Sends the eight bytes of a round's number.
private func send(_ round: UInt64, on stream: borrowing TCPStream) throws(IOError) {
  var message = InlineArray<8, UInt8>(repeating: 0)
  for index in 0..<8 { message[index] = UInt8(truncatingIfNeeded: round >> (8 * index)) }
  guard try stream.write(message.span) == 8 else { fail("idle-probe: a message was cut off") }
}

/// Drains an end; returns whether the round's message was there, which a server answers.
private func receive(_ round: UInt64, at end: inout IdleBench.End) throws(IOError) -> Bool {
  var message = InlineArray<16, UInt8>(repeating: 0)
  guard let count = try end.stream.read(into: message.mutableSpan) else { return false }
  var number: UInt64 = 0
  for index in 0..<8 { number |= UInt64(message[index]) << (8 * index) }
  guard count == 8, number == round, end.received == round - 1 else {
    fail("idle-probe: \(count) bytes with message \(number) in round \(round)")
  }
  end.received = round
  if end.isServer { try send(round, on: end.stream) }
  return true
}

extension Token {
  fileprivate static let listener: Token = 0
}

extension UInt {
  /// Set in the tokens of idle connections.
  fileprivate static var idleBit: UInt { 1 << 63 }
}

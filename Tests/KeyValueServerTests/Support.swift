import MetalSimulationTesting

@testable import KeyValueServer

typealias Server = KeyValueServer<KqueueSimSelector>

extension Machine {
  /// Starts the server, and returns its address.
  func startServer() -> SocketAddress {
    startServer { server throws(IOError) in try server.run() }
  }

  /// Starts the server, and calls `look` after each turn.
  ///
  /// - Returns: The address of the server.
  func startServer(lookingBy look: @escaping @Sendable (borrowing Server) -> Void) -> SocketAddress {
    startServer { server throws(IOError) in
      var events = Events(capacity: 16)
      while !server.isStopping {
        try server.turn(&events)
        look(server)
      }
    }
  }

  private func startServer(
    _ serve: @escaping @Sendable (inout Server) throws(IOError) -> Void
  ) -> SocketAddress {
    start(.service) { () throws(IOError) in
      var server = try Server(bindingTo: SocketAddress(IPv4Address.unspecified, port: 6_379))
      try serve(&server)
    }
    return SocketAddress(address, port: 6_379)
  }
}

/// A value that several programs share.
///
/// `@unchecked Sendable`: the simulation runs exactly one program at a time.
final class Shared<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}

/// Waits until a duration has passed.
func pause(_ time: Duration) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 1)
  try poll.wait(into: &events, timeout: time)
}

/// A connection of a client to the server, with a poll of its own.
struct Client: ~Copyable {
  private var poll: Poll
  private var events: Events
  private var stream: TCPStream
  private var unsent: [UInt8] = []
  private var received: [UInt8] = []
  private var taken = 0

  /// Whether the server has closed the connection.
  private(set) var hasEnded = false

  /// Connects to the server, and waits until the connection is established.
  init(_ address: SocketAddress) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 4)
    var stream = try TCPStream(connectingTo: address)
    try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
    var isConnected = false
    while !isConnected {
      try poll.wait(into: &events)
      while let event = events.popFirst() { isConnected = event.isWritable }
    }
    if let error = try stream.takePendingError() { throw error }
    self.poll = poll
    self.events = events
    self.stream = stream
  }

  /// Sends bytes.
  ///
  /// If the socket does not take all bytes, the client sends the rest while it waits for answers.
  mutating func send(_ bytes: some Sequence<UInt8>) throws(IOError) {
    unsent.append(contentsOf: bytes)
    while !unsent.isEmpty, let count = try stream.write(unsent.span) { unsent.removeFirst(count) }
  }

  /// Sends a command and returns its answer.
  mutating func call(_ words: String...) throws(IOError) -> String {
    try send(command(words))
    return try answer()
  }

  /// Waits for the next answer.
  ///
  /// - Returns: The content of a bulk string, or the whole line of another answer.
  mutating func answer() throws(IOError) -> String {
    let line = try takeLine()
    guard line.hasPrefix("$"), let count = Int(line.dropFirst()), count >= 0 else { return line }
    while received.count - taken < count + 2 { try receive() }
    defer { taken += count + 2 }
    return String(decoding: received[taken..<taken + count], as: UTF8.self)
  }

  /// Sends the remaining bytes, and then shuts down this side of the connection.
  mutating func finish() throws(IOError) {
    while !unsent.isEmpty { try receive() }
    try stream.shutdown(.write)
  }

  /// Waits until the server has closed the connection, and returns the remaining bytes.
  mutating func bytesUntilEnd() throws(IOError) -> [UInt8] {
    while !hasEnded { try receive() }
    defer { taken = received.count }
    return Array(received[taken...])
  }

  /// Closes the connection with a reset.
  consuming func reset() throws(IOError) {
    try stream.setOption(.linger, to: .zero)
    try stream.close()
  }

  private mutating func takeLine() throws(IOError) -> String {
    var end = taken
    while true {
      while end < received.count, received[end] != UInt8(ascii: "\n") { end += 1 }
      if end < received.count { break }
      try receive()
    }
    defer { taken = end + 1 }
    return String(decoding: received[taken..<end - 1], as: UTF8.self)
  }

  /// Waits once, and then sends and reads until the calls would block.
  private mutating func receive() throws(IOError) {
    guard !hasEnded else { throw IOError(.connectionAborted) }
    try poll.wait(into: &events)
    while !unsent.isEmpty, let count = try stream.write(unsent.span) { unsent.removeFirst(count) }
    while let count = try stream.read(appendingTo: &received, atMost: 4_096) {
      hasEnded = count == 0
      if hasEnded { return }
    }
  }
}

/// Encodes a command as an array of bulk strings.
func command(_ words: [String]) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.append(arrayOf: words.count)
  for word in words { bytes.append(bulk: word.utf8) }
  return bytes
}

// A server that sends each client a line and closes the connection, and its client: a program that names no kernel.
//
// Source: RFC 867.

public import MetalIO

/// Listens on a port of every address, and sends a line to each client, until a number of clients have been served.
///
/// - Parameters:
///   - port: The port; 0 lets the system choose one.
///   - limit: The number of clients after which the server ends.
///   - listening: Called with the server's address, once it listens.
public func serve(
  port: UInt16, clients limit: Int = .max, _ listening: (SocketAddress) -> Void = { _ in }
) throws(IOError) {
  let clock = KernelClock()
  let start = clock.now
  var poll = try Poll()
  var events = Events(capacity: 16)
  var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
  try poll.registry.register(&listener, token: 0, interests: .readable)
  listening(try listener.localAddress)
  var served = 0
  while served < limit {
    do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
    while served < limit, let accepted = try listener.accept() {
      // The send buffer of a new connection has room for a line.
      let line = "up for \(start.duration(to: clock.now))\n"
      _ = try accepted.stream.write(line.utf8.span)
      try accepted.stream.close()
      served += 1
    }
  }
  try listener.close()
}

/// Connects to a server and returns all that it sends.
///
/// - Parameters:
///   - address: The server's address.
///   - limit: The longest time that it may take.
/// - Throws: `.timedOut` if the server takes longer; the error of the connection.
public func fetch(_ address: SocketAddress, within limit: Duration = .seconds(5)) throws(IOError) -> String {
  let clock = KernelClock()
  let deadline = clock.now.advanced(by: limit)
  var poll = try Poll()
  var events = Events(capacity: 16)
  var stream = try TCPStream(connectingTo: address)
  try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
  var answer: [UInt8] = []
  var isConnected = false
  while clock.now < deadline {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: clock.now.duration(to: deadline))
    } catch .interrupted {
      continue
    }
    guard events.popFirst() != nil else { continue }
    if !isConnected {
      if let error = try stream.takePendingError() { throw error }
      isConnected = true
    }
    while let count = try stream.read(appendingTo: &answer, atMost: 4_096) {
      guard count == 0 else { continue }
      try stream.close()
      return String(decoding: answer, as: UTF8.self)
    }
  }
  throw IOError(.timedOut)
}

import Harness
import MetalCore
import MetalSystem

private typealias Buffer = InlineArray<4096, UInt8>

private var listenerToken: Token { 0 }

/// A server that sends back what it receives, until as many connections as were announced have ended.
func runEcho(_ options: Options) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 256)
  var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: options.port))
  try poll.registry.register(&listener, token: listenerToken, interests: .readable)
  print_ready(try listener.localAddress.port)
  begin_measuring()
  let fullRead = options.end == "would-block" ? 0 : 4096
  try serve(&poll, &events, listener, connections: options.connections, fullRead: fullRead)
  end_measuring(UInt64(options.connections))
}

/// Serves until so many connections have ended.
///
/// What the loop uses are parameters and locals. As properties of a structure, the poll's selector would be retained and
/// released for every wait.
///
/// - Parameter fullRead: A read that returns fewer bytes is the last one; with 0 only one that would block is.
@inline(never)
private func serve(
  _ poll: inout Poll, _ events: inout Events, _ listener: borrowing TCPListener, connections remaining: Int,
  fullRead: Int
) throws(IOError) {
  var connections = Slab<Connection>()
  var buffer = Buffer(repeating: 0)
  var remaining = remaining
  while remaining > 0 {
    // Outside of the inner loop, which then has no path of its own for a signal. Only the wait can be interrupted: the
    // other calls never block, so nothing of a batch is left out.
    do throws(IOError) {
      while remaining > 0 {
        try poll.wait(into: &events)
        while let event = events.popFirst() {
          if event.token == listenerToken {
            try accept(listener, &connections, poll.registry)
            continue
          }
          let goesOn = connections.update(event.token) { connection in
            do throws(IOError) { return try connection.echo(event, &buffer, fullRead: fullRead) } catch { return false }
          }
          if goesOn == false {
            connections.remove(event.token)
            remaining -= 1
          }
        }
      }
    } catch .interrupted {}
  }
}

@inline(never)
private func accept(
  _ listener: borrowing TCPListener, _ connections: inout Slab<Connection>, _ registry: Registry
) throws(IOError) {
  while let accepted = try listener.accept() {
    var stream = accepted.stream
    try stream.setOption(.noDelay, to: true)
    try registry.register(&stream, token: connections.nextToken, interests: [.readable, .writable])
    connections.insert(Connection(stream: stream))
  }
}

private struct Connection: ~Copyable {
  var stream: TCPStream
  /// What the socket did not take yet.
  var pending: [UInt8] = []

  /// Returns whether the connection goes on.
  mutating func echo(_ event: Event, _ buffer: inout Buffer, fullRead: Int) throws(IOError) -> Bool {
    if !pending.isEmpty {
      guard try flush() else { return true }
    } else if !event.isReadable && !event.isReadClosed && !event.isError {
      return true
    }
    // The end may have been announced together with the last bytes: then only a read that finds it is the last.
    let fullRead = event.isReadClosed ? 0 : fullRead
    while let count = try stream.read(into: buffer.mutableSpan) {
      if count == 0 { return false }
      let written = try stream.write(buffer.span.extracting(..<count)) ?? 0
      if written < count {
        guard try keep(buffer.span.extracting(written..<count)) else { return true }
      }
      if count < fullRead { return true }
    }
    return true
  }

  /// Keeps what the socket did not take, and tries again at once; returns whether nothing is left.
  @inline(never)
  private mutating func keep(_ bytes: Span<UInt8>) throws(IOError) -> Bool {
    for index in bytes.indices { pending.append(bytes[index]) }
    return try flush()
  }

  /// Writes what is pending; returns whether nothing is left.
  @inline(never)
  private mutating func flush() throws(IOError) -> Bool {
    while !pending.isEmpty {
      guard let count = try stream.write(pending.span) else { return false }
      pending.removeFirst(count)
    }
    return true
  }
}

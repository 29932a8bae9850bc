// echo-probe [--drain | --short-read] --connections N PORT: the yardstick c-echo-server, in Swift on the library.
//
// It makes the same system calls for the same reasons, so that instructions and calls can be compared one to one. It
// ends by itself after N connections have ended.

import ExampleSupport
import MetalIO

typealias Buffer = InlineArray<4096, UInt8>

extension Token {
  static var listener: Token { 0 }
}

struct Connection: ~Copyable {
  var stream: TCPStream
  /// What the socket did not take yet.
  var pending: [UInt8] = []

  init(_ stream: consuming TCPStream) {
    self.stream = stream
  }

  /// Returns whether the connection goes on.
  mutating func serve(_ event: Event, _ buffer: inout Buffer, fullRead: Int) throws(IOError) -> Bool {
    if !pending.isEmpty {
      guard try flush() else { return true }
    } else if !event.isReadable && !event.isReadClosed && !event.isError {
      return true
    }
    let fullRead = event.isReadClosed ? 0 : fullRead
    while let count = try stream.readIfReady(into: buffer.mutableSpan) {
      if count == 0 { return false }
      let written = try stream.writeIfReady(buffer.span.extracting(..<count)) ?? 0
      if written < count {
        for index in written..<count { pending.append(buffer[index]) }
        guard try flush() else { return true }
      }
      if count < fullRead { return true }
    }
    return true
  }

  /// Writes what is pending; returns whether nothing is left.
  @inline(never)
  mutating func flush() throws(IOError) -> Bool {
    while !pending.isEmpty {
      guard let count = try stream.writeIfReady(pending.span) else { return false }
      pending.removeFirst(count)
    }
    return true
  }
}

@inline(never)
func accept(
  _ listener: borrowing TCPListener, _ connections: inout Slab<Connection>,
  _ registry: Registry
) throws(IOError) {
  while let accepted = try listener.acceptIfReady() {
    var stream = accepted.stream
    try stream.setNoDelay(true)
    try registry.register(&stream, token: connections.nextToken, interests: [.readable, .writable])
    connections.insert(Connection(stream))
  }
}

@inline(never)
func serve(
  _ poll: inout Poll, _ events: inout Events, _ listener: borrowing TCPListener, connections remaining: Int,
  fullRead: Int
) throws(IOError) {
  var connections = Slab<Connection>()
  var buffer = Buffer(repeating: 0)
  var remaining = remaining
  while remaining > 0 {
    try poll.poll(&events)
    for event in events {
      if event.token == .listener {
        try accept(listener, &connections, poll.registry)
        continue
      }
      let goesOn = try connections.update(event.token) { connection throws(IOError) in
        try connection.serve(event, &buffer, fullRead: fullRead)
      }
      if goesOn == false {
        connections.remove(event.token)
        remaining -= 1
      }
    }
  }
}

var arguments = CommandLine.arguments.dropFirst()
var fullRead = 4096
if let mode = arguments.first, ["--drain", "--short-read"].contains(mode) {
  arguments.removeFirst()
  if mode == "--drain" { fullRead = 0 }
}
guard arguments.count == 3, arguments.removeFirst() == "--connections",
  let connections = Int(arguments.removeFirst()),
  let port = UInt16(arguments.removeFirst())
else {
  fail("usage: echo-probe [--drain | --short-read] --connections N PORT")
}

do throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 256)
  var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: port))
  try poll.registry.register(&listener, token: .listener, interests: .readable)
  announce("READY \(try listener.localAddress.port)")
  try serve(&poll, &events, listener, connections: connections, fullRead: fullRead)
} catch {
  fail("echo-probe: \(error)")
}

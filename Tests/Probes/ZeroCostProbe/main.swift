// zero-cost-probe: two echo loops for Scripts/check-zero-cost.sh to disassemble.
//
// `echoFromSlab` holds its connections in a slab and must be free of retains and their kin. `echoFromClass` holds them
// in a class, and is there to show that the check finds what it looks for.

import ExampleSupport
import MetalCore
import MetalEpoll

typealias Poll = EpollSelector.Poll
typealias Events = EpollSelector.Events
typealias TCPListener = EpollSelector.TCPListener
typealias TCPStream = EpollSelector.TCPStream

@inline(never)
func echoFromSlab(_ poll: inout Poll, _ events: inout Events, _ connections: inout Slab<TCPStream>) throws(IOError) {
  var buffer = InlineArray<4096, UInt8>(repeating: 0)
  while !connections.isEmpty {
    try poll.wait(into: &events)
    while let event = events.popFirst() {
      let isOpen = try connections.update(event.token) { stream throws(IOError) in
        while let count = try stream.read(into: buffer.mutableSpan) {
          if count == 0 { return false }
          _ = try stream.write(buffer.span.extracting(..<count))
        }
        return true
      }
      if isOpen == false { connections.remove(event.token) }
    }
  }
}

final class Connection {
  var stream: TCPStream

  init(_ stream: consuming TCPStream) {
    self.stream = stream
  }
}

@inline(never)
func echoFromClass(_ poll: inout Poll, _ events: inout Events, _ connections: [Connection]) throws(IOError) {
  var buffer = InlineArray<4096, UInt8>(repeating: 0)
  while true {
    try poll.wait(into: &events)
    while let event = events.popFirst() {
      let connection = connections[Int(event.token.rawValue)]
      while let count = try connection.stream.read(into: buffer.mutableSpan) {
        if count == 0 { return }
        _ = try connection.stream.write(buffer.span.extracting(..<count))
      }
    }
  }
}

/// Makes a connection whose client has written a line and finished, and returns its server's end.
func connect() throws(IOError) -> TCPStream {
  let listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
  let client = try TCPStream(connectingTo: listener.localAddress)
  guard let accepted = try listener.accept() else { throw IOError(.notConnected) }
  _ = try client.write([1, 2, 3].span)
  try client.shutdown(.write)
  return accepted.stream
}

do throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 16)

  var connections = Slab<TCPStream>()
  var stream = try connect()
  try poll.registry.register(&stream, token: connections.nextToken, interests: .readable)
  connections.insert(stream)
  try echoFromSlab(&poll, &events, &connections)

  let connection = Connection(try connect())
  try poll.registry.register(&connection.stream, token: 0, interests: .readable)
  try echoFromClass(&poll, &events, [connection])
} catch {
  fail("zero-cost-probe: \(error)")
}

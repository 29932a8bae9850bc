// Two echo loops for Scripts/check-zero-cost.sh to disassemble.
//
// `echoFromSlab` holds its connections in a slab and must be free of retains and exclusivity checks. `echoFromClass`
// gets them in a class, so the check must find both there.

import MetalCore
import MetalEpoll

typealias Backend = EpollSelector

@inline(never)
func echoFromSlab(
  _ poll: inout Backend.Poll, _ events: inout Backend.Events, _ connections: inout Slab<Backend.TCPStream>
) throws(IOError) {
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
  var stream: Backend.TCPStream

  init(_ stream: consuming Backend.TCPStream) {
    self.stream = stream
  }
}

@inline(never)
func echoFromClass(_ connections: [Connection]) throws(IOError) {
  var buffer = InlineArray<4096, UInt8>(repeating: 0)
  for connection in connections {
    while let count = try connection.stream.read(into: buffer.mutableSpan), count > 0 {
      _ = try connection.stream.write(buffer.span.extracting(..<count))
    }
  }
}

/// Makes a connection whose client has written bytes and finished, and returns the server's end.
func connect() throws(IOError) -> Backend.TCPStream {
  let listener = try Backend.TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
  let client = try Backend.TCPStream(connectingTo: listener.localAddress)
  guard let accepted = try listener.accept() else { throw IOError(.notConnected) }
  _ = try client.write([1, 2, 3].span)
  try client.shutdown(.write)
  return accepted.stream
}

func echo() throws(IOError) {
  var poll = try Backend.Poll()
  var events = Backend.Events(capacity: 16)
  var connections = Slab<Backend.TCPStream>()
  var stream = try connect()
  try poll.registry.register(&stream, token: connections.nextToken, interests: .readable)
  connections.insert(stream)
  try echoFromSlab(&poll, &events, &connections)
  try echoFromClass([Connection(try connect())])
}

try echo()

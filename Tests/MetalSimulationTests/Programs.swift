import MetalSimulation

/// Connects to a machine, sends a number of messages, and returns how many bytes came back.
func fetch(_ address: SocketAddress, messages: Int = 3, size: Int = 100) throws(IOError) -> Int {
  var poll = try Poll()
  var events = Events(capacity: 8)
  var stream = try TCPStream(connectingTo: address)
  try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
  let message = [UInt8](repeating: 7, count: size)
  var buffer = [UInt8](repeating: 0, count: 4_096)
  var (sent, received) = (0, 0)
  var unsent = 0
  while received < messages * size {
    try poll.wait(into: &events)
    for event in events where event.isWritable || event.isReadable {
      while let count = try stream.read(into: buffer.mutableSpan) {
        guard count > 0 else { return received }
        received += count
      }
      if unsent == 0, sent == received, sent < messages * size { unsent = size }
      while unsent > 0, let count = try stream.write(message.span.extracting(last: unsent)) {
        unsent -= count
        sent += count
      }
    }
  }
  try stream.close()
  return received
}

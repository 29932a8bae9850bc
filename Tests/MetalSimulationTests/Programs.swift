// The benchmarks use this file as well, and have the server in their own module.
#if canImport(EchoServer)
import EchoServer
#endif
import MetalSimulation

typealias Server = EchoServer<KqueueSimSelector>

/// Serves a port of the machine that it runs on, until the run is over.
func serve(_ port: UInt16 = 80) throws(IOError) {
  var server = try Server(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
  try server.run()
}

/// Connects to a server, sends one message after the other, and returns how many bytes came back.
func fetch(_ address: SocketAddress, messages: Int = 3, size: Int = 100) throws(IOError) -> Int {
  var poll = try Poll()
  var events = Events(capacity: 8)
  var stream = try TCPStream(connectingTo: address)
  try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
  let message = [UInt8](repeating: 7, count: size)
  var buffer = [UInt8](repeating: 0, count: 4_096)
  var (sent, received, unsent) = (0, 0, 0)
  while received < messages * size {
    try poll.wait(into: &events)
    if let error = try stream.takePendingError() { throw error }
    while let count = try stream.read(into: buffer.mutableSpan) {
      if count == 0 { return received }
      received += count
    }
    if sent == received, sent < messages * size { unsent = size }
    while unsent > 0, let count = try stream.write(message.span.extracting(last: unsent)) {
      unsent -= count
      sent += count
    }
  }
  try stream.close()
  return received
}

/// Waits for a time, on a poll without sources.
func pause(_ time: Duration) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 1)
  try poll.wait(into: &events, timeout: time)
}

/// Waits for an event that never comes.
func waitForEver() throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 1)
  try poll.wait(into: &events)
}

/// A value that programs share; only the one with the turn touches it.
///
/// `@unchecked Sendable`: exactly one program goes on at a time, and the turn passes by semaphores.
final class Shared<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}

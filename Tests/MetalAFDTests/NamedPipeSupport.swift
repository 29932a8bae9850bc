import MetalAFD
import MetalCore
import Testing

/// The name of a pipe that no other test uses.
func unusedPipeName() -> String {
  #"\\.\pipe\metal-io-test-"# + String(UInt64.random(in: 0 ... .max))
}

/// The two ends of a pipe.
///
/// The client has connected before the server has called `connect()`.
struct NamedPipeEnds: ~Copyable {
  var server: NamedPipe
  var client: NamedPipe

  init(options: NamedPipeOptions = NamedPipeOptions()) throws(IOError) {
    let name = unusedPipeName()
    let server = try NamedPipe(creating: name, options: options)
    let client = try NamedPipe(connectingTo: name, writeBufferByteCount: options.writeBufferByteCount)
    self.server = server
    self.client = client
  }

  /// Makes two ends, and registers the server with token 1 and the client with token 2 for both interests.
  init(
    registeredWith loop: inout Loop, options: NamedPipeOptions = NamedPipeOptions()
  ) throws(IOError) {
    let name = unusedPipeName()
    var server = try NamedPipe(creating: name, options: options)
    var client = try NamedPipe(connectingTo: name, writeBufferByteCount: options.writeBufferByteCount)
    try loop.registry.register(&server, token: 1, interests: [.readable, .writable])
    try loop.registry.register(&client, token: 2, interests: [.readable, .writable])
    try loop.expectEach([1: .writable, 2: .writable])
    self.server = server
    self.client = client
  }
}

extension NamedPipe {
  /// Reads once, and returns the bytes, or `nil` if the read would block.
  func readOnce(upTo count: Int = 65_536) throws(IOError) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    guard let moved = try read(into: buffer.mutableSpan) else { return nil }
    return Array(buffer[..<moved])
  }

  /// Reads until a read would block or the stream ends, and returns the number of bytes.
  @discardableResult
  func drain() throws(IOError) -> Int {
    var total = 0
    while let bytes = try readOnce(), !bytes.isEmpty { total += bytes.count }
    return total
  }

  /// Writes until a write would block, and returns the number of bytes.
  func flood() throws(IOError) -> Int {
    let block = [UInt8](repeating: 0x5A, count: 65_536)
    var total = 0
    while let moved = try write(block.span) { total += moved }
    return total
  }
}

/// A transfer in one direction, which the test moves step by step.
struct NamedPipeTransfer {
  let bytes: [UInt8]
  var sent = 0
  var received: [UInt8] = []
  var mostBuffered = 0

  init(count: Int, seed: UInt8) {
    bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
  }

  var isSent: Bool { sent == bytes.count }
  var isDone: Bool { received.count >= bytes.count }

  mutating func send(to pipe: borrowing NamedPipe) throws(IOError) {
    while !isSent, let moved = try pipe.write(bytes.span.extracting(sent...)) { sent += moved }
    mostBuffered = max(mostBuffered, pipe.bufferedByteCount)
  }

  mutating func receive(from pipe: borrowing NamedPipe) throws(IOError) {
    while !isDone, let part = try pipe.readOnce(upTo: 10_000), !part.isEmpty { received += part }
  }
}

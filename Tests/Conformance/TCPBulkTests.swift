import MetalCore
import Testing

@Suite("TCP: bulk", .backend)
struct TCPBulkTests {
  @Test("TCP-24 Reading to would-block after each readable event receives 16 MiB that came in pieces of 1 KiB")
  func read() throws(IOError) {
    try receiveInPieces { _ throws(IOError) in }
  }

  @Test("TCP-25 Peeking before each time a stream is read to would-block loses nothing of 16 MiB")
  func peekThenRead() throws(IOError) {
    var peeked = 0
    try receiveInPieces { stream throws(IOError) in
      var buffer = [UInt8](repeating: 0, count: 1024)
      if try stream.peek(into: buffer.mutableSpan) != nil { peeked += 1 }
    }
    #expect(peeked > 0)
  }

  @Test("TCP-26 Writing to would-block after each writable event delivers 16 MiB to a slow reader")
  func write() throws(IOError) {
    let bytes = bulk()
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: .writable)
    var sent = 0
    var blocked = 0
    var received: [UInt8] = []
    received.reserveCapacity(bytes.count)
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    var idle = 0
    while received.count < bytes.count, idle < 2000 {
      idle += 1
      for event in try loop.wait(.milliseconds(1)) where event.isWritable {
        while sent < bytes.count {
          guard let moved = try ends.client.write(bytes.span.extracting(sent...)) else {
            blocked += 1
            break
          }
          sent += moved
        }
      }
      // The reader takes one helping a turn.
      if let moved = try ends.server.read(into: buffer.mutableSpan) {
        received += buffer[..<moved]
        idle = 0
      }
    }
    #expect(blocked > 0)
    #expect(received == bytes)
  }

  @Test("TCP-28 After its writable event a stream takes 16 KiB in 16 writes without waiting, and they arrive intact")
  func immediateWrites() throws(IOError) {
    let bytes = bulk(16 * 1024)
    let listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop()
    var client = try TCPStream(connectingTo: try listener.localAddress)
    try loop.registry.register(&client, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    for piece in 0..<16 {
      #expect(try client.write(bytes.span.extracting(piece * 1024..<(piece + 1) * 1024)) == 1024)
    }
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.stream.readFully(bytes.count) == bytes)
  }

  /// Has a peer write 16 MiB in pieces of 1 KiB, and reads them to would-block after each readable event.
  private func receiveInPieces(beforeEachDrain: (borrowing TCPStream) throws(IOError) -> Void) throws(IOError) {
    let bytes = bulk()
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: .readable)
    try loop.registry.register(&ends.server, token: 2, interests: .writable)
    var sent = 0
    var received: [UInt8] = []
    received.reserveCapacity(bytes.count)
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    try loop.run { (events: borrowing Events) throws(IOError) in
      for index in events.indices {
        if events[index].token == 2 {
          while sent < bytes.count {
            let end = min(bytes.count, (sent / 1024 + 1) * 1024)
            guard let moved = try ends.server.write(bytes.span.extracting(sent..<end)) else { break }
            sent += moved
          }
        } else if events[index].isReadable {
          try beforeEachDrain(ends.client)
          while let moved = try ends.client.read(into: buffer.mutableSpan) {
            received += buffer[..<moved]
            if moved == 0 { break }
          }
        }
      }
      return received.count >= bytes.count
    }
    #expect(received == bytes)
  }
}

/// Bytes, 16 MiB unless told, of which no two pieces of 1 KiB are the same.
private func bulk(_ count: Int = 16 << 20) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  var piece = (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  for number in 0..<count / 1024 {
    piece[0] = UInt8(truncatingIfNeeded: number)
    piece[1] = UInt8(truncatingIfNeeded: number >> 8)
    bytes += piece
  }
  return bytes
}

import MetalCore
import Testing

@Suite("TCP: a connection with itself", .backend)
struct SelfConnectionTests {
  @Test("A stream that connects to its own address is its own peer")
  func exchange() throws(IOError) {
    var stream = try connectToItself()
    var loop = try Loop(watching: &stream, token: 1, interests: .readable | .writable)
    try loop.expect(1, .writable)
    #expect(try stream.takePendingError() == nil)
    #expect(try stream.peerAddress == stream.localAddress)
    try stream.writeFully([1, 2, 3])
    try loop.expect(1, .readable)
    #expect(try stream.readFully(3) == [1, 2, 3])
    try stream.shutdown(.write)
    try loop.expect(1, .readClosed)
    #expect(try stream.readFully(1) == [])
  }

  /// Makes a stream on a port that was free a moment before; tries again if another program takes it first.
  private func connectToItself() throws(IOError) -> TCPStream {
    for _ in 0..<100 {
      let address = try TCPListener(bindingTo: anyPort).localAddress
      do throws(IOError) {
        return try TCPStream(connectingTo: address, from: address)
      } catch .addressInUse {
        continue
      }
    }
    throw IOError(.addressInUse)
  }
}

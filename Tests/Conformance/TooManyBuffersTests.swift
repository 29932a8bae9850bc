import MetalCore
import Testing

@Suite("As many buffers as a call takes, and more", .backend)
struct TooManyBuffersTests {
  @Test("TCP-39 A storage with room for more than 1,024 buffers stops the program, and says so")
  func tooMany() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let storage = IOVectorStorage<1025>()
      withExtendedLifetime(storage) {}
    }
    expectTrap(result, "An IOVectorStorage cannot have room for 1025 buffers. Ask for at most 1024.")
  }

  @Test("TCP-39 A stream or a pipe takes 1,024 buffers in one call")
  func streams() throws(IOError) {
    let ends = try Connected()
    try expectMost(ends.client, ends.server)
    guard Backend.hasPairs else { return }
    let pair = try UnixStream.pair()
    try expectMost(pair.first, pair.second)
    let pipe = try PipeEnds()
    try expectMost(pipe.writer, pipe.reader)
  }

  private func expectMost<W: ByteWriter & ~Copyable, R: ByteReader & ~Copyable>(
    _ writer: borrowing W, _ reader: borrowing R
  ) throws(IOError) {
    var storage = IOVectorStorage<1024>()
    #expect(try writer.write(gathering(bytes.span, &storage)) == 1024)
    // On a pipe nothing is under way; on the others it may be, for a moment.
    try pause(.milliseconds(10))
    var buffer = [UInt8](repeating: 0, count: 2048)
    #expect(try reader.read(into: scattering(&buffer, &storage)) == 1024)
    #expect(buffer == bytes + [UInt8](repeating: 0, count: 1024))
    #expect(try reader.read(into: buffer.mutableSpan) == nil)
  }

  @Test("TCP-39 A datagram socket takes 1,024 buffers in one call")
  func datagrams() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    try expectMost(pair.first, pair.second)
    let unconnected = try UDPPair()
    var storage = IOVectorStorage<1024>()
    let to = try unconnected.second.localAddress
    #expect(try unconnected.first.send(gathering(bytes.span, &storage), to: to) == 1024)
    #expect(try unconnected.second.receiveWhenReady(atMost: 2048).bytes == bytes)
    guard Backend.hasPairs else { return }
    let unixPair = try UnixDatagramSocket.pair()
    try expectMost(unixPair.first, unixPair.second)
  }

  private func expectMost<A: EndpointAddress>(
    _ sender: borrowing DatagramSocket<Selector, A>, _ receiver: borrowing DatagramSocket<Selector, A>
  ) throws(IOError) {
    var storage = IOVectorStorage<1024>()
    #expect(try sender.send(gathering(bytes.span, &storage)) == 1024)
    #expect(try receiver.receiveWhenReady(.peek, atMost: 2048).bytes == bytes)
    var buffer = [UInt8](repeating: 0, count: 2048)
    let datagram = try ready(receiver.receive(into: scattering(&buffer, &storage)))
    #expect(datagram.count == 1024 && !datagram.isTruncated)
    #expect(buffer == bytes + [UInt8](repeating: 0, count: 1024))
    receiver.expectNothingToReceive()
  }

  private let bytes = (0..<1024).map { UInt8(truncatingIfNeeded: $0) }
}

/// 1,024 buffers of one byte each.
@_lifetime(&storage, copy bytes)
private func gathering(_ bytes: Span<UInt8>, _ storage: inout IOVectorStorage<1024>) -> IOVector {
  var vector = storage.makeVector()
  for index in 0..<1024 { vector.append(bytes.extracting(index..<index + 1)) }
  return vector
}

/// 1,023 buffers without a byte, and one for all.
@_lifetime(&storage, &buffer)
private func scattering(_ buffer: inout [UInt8], _ storage: inout IOVectorStorage<1024>) -> MutableIOVector {
  var vector = storage.makeMutableVector()
  for _ in 0..<1023 { vector.append(MutableSpan()) }
  vector.append(buffer.mutableSpan)
  return vector
}

import MetalCore
import Testing

@Suite("More buffers than the system takes in one call", .backend)
struct TooManyBuffersTests {
  @Test("TCP-39 A stream or a pipe takes 1,024 buffers; 1,025 are invalid, and nothing is written or read")
  func streams() throws {
    let ends = try Connected()
    try expectLimit(ends.client, ends.server)
    let pair = try UnixStream.pair()
    try expectLimit(pair.first, pair.second)
    let pipe = try Pipe()
    try expectLimit(pipe.writer, pipe.reader)
  }

  private func expectLimit<W: ByteWriter & ~Copyable, R: ByteReader & ~Copyable>(
    _ writer: borrowing W, _ reader: borrowing R
  ) throws {
    let byte: [UInt8] = [7]
    var vector = IOVector<1025>()
    for _ in 0..<1024 { vector.append(byte.span) }
    #expect(try writer.write(vector) == 1024)
    vector.append(byte.span)
    expectError(.invalidInput) { () throws(IOError) in _ = try writer.write(vector) }
    expectError(.invalidInput) { () throws(IOError) in _ = try writer.writeIfReady(vector) }

    var buffer = [UInt8](repeating: 0, count: 2048)
    expectError(.invalidInput) { () throws(IOError) in _ = try reader.read(into: scattering(&buffer, 1025)) }
    expectError(.invalidInput) { () throws(IOError) in
      _ = try reader.readIfReady(into: scattering(&buffer, 1025))
    }
    #expect(buffer.allSatisfy { $0 == 0 })
    #expect(try reader.readAfterPause(into: scattering(&buffer, 1024)) == 1024)
    #expect(buffer[..<1024].allSatisfy { $0 == 7 })
    expectWouldBlock { () throws(IOError) in _ = try reader.read(into: buffer.mutableSpan) }
  }

  @Test("TCP-39 A datagram socket takes 1,024 buffers; 1,025 are invalid, and nothing is sent or received")
  func datagrams() throws {
    let pair = try UDPPair(isConnected: true)
    let to = try pair.second.localAddress
    let byte: [UInt8] = [7]
    var vector = IOVector<1025>()
    for _ in 0..<1024 { vector.append(byte.span) }
    #expect(try pair.first.send(vector) == 1024)
    vector.append(byte.span)
    expectError(.invalidInput) { () throws(IOError) in _ = try pair.first.send(vector) }
    expectError(.invalidInput) { () throws(IOError) in _ = try pair.first.sendIfReady(vector) }
    let unconnected = try UDPSocket(bindingTo: anyPort)
    expectError(.invalidInput) { () throws(IOError) in _ = try unconnected.send(vector, to: to) }
    expectError(.invalidInput) { () throws(IOError) in _ = try unconnected.sendIfReady(vector, to: to) }

    var buffer = [UInt8](repeating: 0, count: 2048)
    let receiver = pair.second
    expectError(.invalidInput) { () throws(IOError) in
      _ = try receiver.receive(into: scattering(&buffer, 1025))
    }
    expectError(.invalidInput) { () throws(IOError) in
      _ = try receiver.receiveIfReady(into: scattering(&buffer, 1025))
    }
    expectError(.invalidInput) { () throws(IOError) in
      _ = try receiver.receiveFrom(into: scattering(&buffer, 1025))
    }
    expectError(.invalidInput) { () throws(IOError) in
      _ = try receiver.receiveFromIfReady(into: scattering(&buffer, 1025))
    }
    #expect(try receiver.receiveWhenReady(.receive, atMost: 2048).bytes.count == 1024)
    receiver.expectNothingToReceive()
  }
}

/// Makes a vector of `count` buffers: all are empty but the last, which is `buffer`.
@_lifetime(&buffer)
private func scattering(_ buffer: inout [UInt8], _ count: Int) -> MutableIOVector<1025> {
  var vector = MutableIOVector<1025>()
  for _ in 1..<count { vector.append(MutableSpan()) }
  vector.append(buffer.mutableSpan)
  return vector
}

extension ByteReader where Self: ~Copyable {
  /// Reads into several buffers after a pause in which the data arrives.
  fileprivate func readAfterPause<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int {
    try pause(.milliseconds(10))
    return try read(into: vector)
  }
}

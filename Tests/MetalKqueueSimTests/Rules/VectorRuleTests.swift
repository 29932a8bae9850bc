import MetalCore
import MetalKqueueSim
import Testing

/// X4: a call takes 1,024 buffers.
@Suite("Rules: the number of buffers")
struct VectorRuleTests {
  /// Makes a vector with some of its places taken by buffers of one byte, and hands it over.
  private func withVector<R>(_ count: Int, _ body: (IOVector<1025>) throws(IOError) -> R) throws(IOError) -> R
  {
    let byte: [UInt8] = [7]
    var vector = IOVector<1025>()
    for _ in 0..<count { vector.append(byte.span) }
    return try body(vector)
  }

  private func receive(
    _ count: Int, _ body: (consuming MutableIOVector<1025>) -> IOResult
  ) -> Outcome {
    // Empty buffers count as any others.
    var byte: [UInt8] = [0]
    var vector = MutableIOVector<1025>()
    vector.append(byte.mutableSpan)
    for _ in 1..<count { vector.append(MutableSpan<UInt8>()) }
    return Outcome(body(vector))
  }

  @Test(
    "X4 A stream, a pipe and a datagram socket write 1,024 buffers, and refuse 1,025",
    arguments: KernelProfile.both)
  func writes(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let streams = try node.openSocketPair(.stream)
    let pipe = try node.openPipe()
    let socket = try node.openSocket(.ipv4, .datagram)
    try node.bind(socket, to: SocketAddress(IPv4Address.loopback, port: 9))
    let address = try node.localAddress(of: socket)
    for (count, expected) in [(1_024, Outcome.moved(1_024)), (1_025, .failed(.invalidInput))] {
      try withVector(count) { vector throws(IOError) in
        #expect(Outcome(node.send(streams.first, vector)) == expected)
        #expect(Outcome(node.write(pipe.second, vector)) == expected)
        #expect(Outcome(node.sendDatagram(socket, vector, to: address)) == expected)
      }
    }
    try node.connect(socket, to: address)
    try withVector(1_025) { vector throws(IOError) in
      #expect(Outcome(node.send(socket, vector)) == .failed(.invalidInput))
    }
  }

  @Test(
    "X4 They read into 1,024 buffers, and refuse 1,025, which takes nothing", arguments: KernelProfile.both)
  func reads(_ profile: KernelProfile) throws {
    let node = profile.machine()
    let streams = try node.openSocketPair(.stream)
    let pipe = try node.openPipe()
    let datagrams = try node.openSocketPair(.datagram)
    node.send(streams.first, 1)
    node.write(pipe.second, 1)
    node.send(datagrams.first, 1)
    for (count, expected) in [(1_025, Outcome.failed(.invalidInput)), (1_024, .moved(1))] {
      #expect(receive(count) { node.receive(streams.second, into: $0) } == expected)
      #expect(receive(count) { node.read(pipe.first, into: $0) } == expected)
      var isTruncated = false
      #expect(
        receive(count) { node.receiveDatagram(datagrams.second, into: $0, isTruncated: &isTruncated) }
          == expected)
    }
  }
}

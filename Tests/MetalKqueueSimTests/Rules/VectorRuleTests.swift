import MetalCore
import MetalKqueueSim
import Testing

/// X4: a call takes 1,024 buffers; a storage for more cannot be made.
@Suite("Rules: the number of buffers")
struct VectorRuleTests {
  @Test("X4 A stream, a pipe and a datagram socket write 1,024 buffers", arguments: KernelProfile.all)
  func writes(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let streams = try kernel.openSocketPair(.stream)
    let pipe = try kernel.openPipe()
    let socket = try kernel.openSocket(.ipv4, .datagram)
    try kernel.bind(socket, to: SocketAddress(IPv4Address.loopback, port: 9))
    let address: SocketAddress = try kernel.localAddress(of: socket)
    let byte: [UInt8] = [7]
    var storage = IOVectorStorage<1024>()
    var vector = storage.makeVector()
    for _ in 0..<1_024 { vector.append(byte.span) }
    #expect(Outcome(kernel.send(streams.first, vector)) == .moved(1_024))
    #expect(Outcome(kernel.write(pipe.second, vector)) == .moved(1_024))
    #expect(Outcome(kernel.sendDatagram(socket, vector, to: address)) == .moved(1_024))
    try kernel.connect(socket, to: address)
    #expect(Outcome(kernel.send(socket, vector)) == .moved(1_024))
  }

  @Test("X4 They read into 1,024 buffers", arguments: KernelProfile.all)
  func reads(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let streams = try kernel.openSocketPair(.stream)
    let pipe = try kernel.openPipe()
    let datagrams = try kernel.openSocketPair(.datagram)
    kernel.send(streams.first, 1)
    kernel.write(pipe.second, 1)
    kernel.send(datagrams.first, 1)
    #expect(receive { kernel.receive(streams.second, into: $0, isPeek: false) } == .moved(1))
    #expect(receive { kernel.read(pipe.first, into: $0) } == .moved(1))
    var isTruncated = false
    var source = UnixAddress.unspecified
    let outcome = receive {
      kernel.receiveDatagram(datagrams.second, into: $0, isPeek: false, isTruncated: &isTruncated, from: &source)
    }
    #expect(outcome == .moved(1) && !isTruncated)
  }

  /// Hands over a vector of 1,024 buffers, of which the last has room for a byte; empty ones count as any others.
  private func receive(_ body: (consuming MutableIOVector) -> IOResult) -> Outcome {
    var byte: [UInt8] = [0]
    var storage = IOVectorStorage<1024>()
    var vector = storage.makeMutableVector()
    for _ in 1..<1_024 { vector.append(MutableSpan<UInt8>()) }
    vector.append(byte.mutableSpan)
    let outcome = Outcome(body(vector))
    #expect(byte == [7])
    return outcome
  }
}

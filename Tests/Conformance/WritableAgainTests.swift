import MetalCore
import Testing

/// What either end of a byte stream does while nothing that is written would block.
enum StreamChange: CaseIterable {
  case write, peerReadsPart, peerReadsAll, peerWrites
  case peerShutsDownReading, peerShutsDownWriting, shutDownReading, shutDownWriting
  case setSendBuffer

  func callAsFunction<A: EndpointAddress>(
    _ stream: borrowing StreamSocket<Selector, A>, _ peer: borrowing StreamSocket<Selector, A>
  ) throws(IOError) {
    switch self {
    case .write: try stream.writeFully([1, 2])
    case .peerReadsPart: _ = try peer.readFully(100)
    case .peerReadsAll: _ = try peer.readFully(200)
    case .peerWrites: try peer.writeFully([1, 2])
    case .peerShutsDownReading: try peer.shutdown(.read)
    case .peerShutsDownWriting: try peer.shutdown(.write)
    case .shutDownReading: try stream.shutdown(.read)
    case .shutDownWriting: try stream.shutdown(.write)
    case .setSendBuffer: try stream.setOption(.sendBufferSize, to: 65_536)
    }
  }
}

/// What either end of a connected datagram socket does while nothing that is sent would block.
enum DatagramChange: CaseIterable {
  case send, peerReceives, peerSends, connectAgain, setSendBuffer
}

/// What either end of a pipe does while nothing that is written would block.
enum PipeChange: CaseIterable {
  case write, readerReadsPart, readerReadsAll, readerReadsPartOfFull

  /// Bytes that are written before, all of them: a new pipe holds 65,536 bytes.
  var count: Int { self == .readerReadsPartOfFull ? 65_536 : 200 }

  func callAsFunction(_ writer: borrowing PipeWriter, _ reader: borrowing PipeReader) throws(IOError) {
    switch self {
    case .write: try writer.writeFully([1, 2])
    case .readerReadsPart: _ = try reader.readFully(100)
    case .readerReadsAll: _ = try reader.readFully(200)
    case .readerReadsPartOfFull: _ = try reader.readFully(4_096)
    }
  }
}

/// The table "When writable comes again" of the guide "Choosing a backend", each case on a source that is registered W.
@Suite("ET: writable, when nothing has blocked", .backend)
struct WritableAgainTests {
  @Test("ET-13 A TCP stream is reported writable again as the table shows", arguments: StreamChange.allCases)
  func tcp(change: StreamChange) throws(IOError) {
    let ends = try Connected()
    let isReported = try reportsWritable(change, ends.server, ends.client)
    #expect(isReported == Backend.tcpWritableAgain.contains(change))
  }

  @Test(
    "ET-13 A Unix-domain stream is reported writable again as the table shows",
    .enabled(if: Backend.hasPairs), arguments: StreamChange.allCases)
  func unixStream(change: StreamChange) throws(IOError) {
    let pair = try UnixStream.pair()
    let isReported = try reportsWritable(change, pair.first, pair.second)
    #expect(isReported == Backend.unixStreamWritableAgain.contains(change))
  }

  @Test("ET-13 A UDP socket is reported writable again as the table shows", arguments: DatagramChange.allCases)
  func udp(change: DatagramChange) throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    let isReported = try reportsWritable(change, pair.first, pair.second)
    #expect(isReported == Backend.udpWritableAgain.contains(change))
  }

  @Test(
    "ET-13 A Unix-domain datagram socket is reported writable again as the table shows", .enabled(if: Backend.hasPairs),
    arguments: DatagramChange.allCases)
  func unixDatagram(change: DatagramChange) throws(IOError) {
    let folder = try TemporaryFolder()
    let pair = try UnixDatagrams(in: folder)
    try pair.first.connect(to: try pair.second.localAddress)
    try pair.second.connect(to: try pair.first.localAddress)
    let isReported = try reportsWritable(change, pair.first, pair.second)
    #expect(isReported == Backend.unixDatagramWritableAgain.contains(change))
    withExtendedLifetime(folder) {}
  }

  @Test(
    "ET-13 A pipe's writer is reported writable again as the table shows",
    .enabled(if: Backend.hasPairs), arguments: PipeChange.allCases)
  func pipe(change: PipeChange) throws(IOError) {
    let pipe = try PipeEnds()
    var writer = pipe.writer
    let reader = pipe.reader
    var loop = try Loop()
    try loop.watchWritable(&writer)
    let bytes = [UInt8](repeating: 1, count: change.count)
    #expect(try writer.write(bytes.span) == bytes.count)
    _ = try loop.gatherUntilQuiet()
    try change(writer, reader)
    let isReported = try loop.reportsWritable()
    #expect(isReported == Backend.pipeWritableAgain.contains(change))
    withExtendedLifetime(reader) {}
  }

  @Test("ET-13 Data that arrives at a source registered RW may be reported with \"writable\" beside it")
  func besideData() throws(IOError) {
    var ends = try Connected()
    var loop = try Loop(watching: &ends.server, token: 12, interests: [.readable, .writable])
    try loop.expect(12, .writable)
    try ends.client.writeFully([1])
    let isReported = try loop.expect(12, .readable).contains(where: \.isWritable)
    #expect(isReported == Backend.repeatsWritable)
  }

  /// Returns whether a stream is reported writable after a change, while its peer has 200 bytes to read.
  private func reportsWritable<A: EndpointAddress>(
    _ change: StreamChange, _ stream: consuming StreamSocket<Selector, A>,
    _ peer: consuming StreamSocket<Selector, A>
  ) throws(IOError) -> Bool {
    var loop = try Loop()
    let bytes = [UInt8](repeating: 1, count: 200)
    #expect(try stream.write(bytes.span) == bytes.count)
    try loop.watchWritable(&stream)
    try change(stream, peer)
    let isReported = try loop.reportsWritable()
    withExtendedLifetime(peer) {}
    return isReported
  }

  /// Returns whether a datagram socket is reported writable after a change.
  private func reportsWritable<A: EndpointAddress>(
    _ change: DatagramChange, _ socket: consuming DatagramSocket<Selector, A>,
    _ peer: consuming DatagramSocket<Selector, A>
  ) throws(IOError) -> Bool {
    var loop = try Loop()
    var bytes: [UInt8] = [1]
    if change == .peerReceives { _ = try socket.send(bytes.span) }
    try loop.watchWritable(&socket)
    switch change {
    case .send: _ = try socket.send(bytes.span)
    case .peerReceives: _ = try peer.receive(into: bytes.mutableSpan)
    case .peerSends: _ = try peer.send(bytes.span)
    case .connectAgain: try socket.connect(to: try peer.localAddress)
    case .setSendBuffer: try socket.setOption(.sendBufferSize, to: 65_536)
    }
    let isReported = try loop.reportsWritable()
    withExtendedLifetime(peer) {}
    return isReported
  }
}

extension Loop {
  /// Registers a writable source, and consumes the event that reports it.
  fileprivate mutating func watchWritable<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    try registry.register(&source, token: 12, interests: .writable)
    try expect(12, .writable)
    try expectQuiet()
  }

  /// Returns whether an event reports "writable" before the loop is quiet.
  fileprivate mutating func reportsWritable() throws(IOError) -> Bool {
    try gatherUntilQuiet().contains { $0.token == 12 && $0.isWritable }
  }
}

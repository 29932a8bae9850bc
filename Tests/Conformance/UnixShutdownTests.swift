import MetalCore
import Testing

@Suite("UDS: shutting down", .backend)
struct UnixShutdownTests {
  @Test(
    "UDS-07 Shutting down the reading side is told as read-closed, also while echoed data is waiting",
    .enabled(if: Backend.hasUnixSockets))
  func readingSide() throws(IOError) {
    let folder = try TemporaryFolder()
    let ends = try UnixConnected(folder.address())
    let peer = ends.server
    var stream = ends.client
    var loop = try Loop(watching: &stream, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try stream.writeFully([1, 2, 3])
    #expect(try echo(peer) == 3)
    try loop.expect(1, .readable)
    try stream.shutdown(.read)
    try loop.expect(1, .readClosed)
    if Backend.keepsDataAfterReadShutdown {
      #expect(try stream.readFully(3) == [1, 2, 3])
    }
    #expect(try stream.readOnce() == [])
  }

  @Test(
    "UDS-08 After shutting down the writing side writing is a broken pipe, and the echo can be read",
    .enabled(if: Backend.hasUnixSockets))
  func writingSide() throws(IOError) {
    let folder = try TemporaryFolder()
    let ends = try UnixConnected(folder.address())
    let peer = ends.server
    var stream = ends.client
    var loop = try Loop(watching: &stream, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try stream.writeFully([1, 2, 3])
    try stream.shutdown(.write)
    if Backend.reportsOwnWriteShutdown { try loop.expect(1, .writeClosed) }
    expectBrokenPipe(stream)
    #expect(try echo(peer) == 3)
    try loop.expect(1, .readable)
    #expect(try stream.readOnce() == [1, 2, 3])
    #expect(try peer.readOnce() == [])
    // The other direction is whole.
    try peer.writeFully([4])
    #expect(try stream.readFully(1) == [4])
  }

  @Test(
    "UDS-09 Shutting down both sides is told as write-closed, and writing is a broken pipe",
    .enabled(if: Backend.hasUnixSockets))
  func bothSides() throws(IOError) {
    let folder = try TemporaryFolder()
    let ends = try UnixConnected(folder.address())
    var stream = ends.client
    var loop = try Loop(watching: &stream, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try stream.shutdown(.both)
    try loop.expect(1, .writeClosed)
    expectBrokenPipe(stream)
    #expect(try stream.readOnce() == [])
    #expect(try ends.server.readOnce() == [])
  }

  @Test(
    "UDS-26 Writing to a stream whose peer is gone, and had left nothing unread, is a broken pipe",
    .enabled(if: Backend.hasUnixSockets))
  func peerIsGone() throws(IOError) {
    let folder = try TemporaryFolder()
    let ends = try UnixConnected(folder.address())
    var loop = try Loop()
    let server = ends.server
    var stream = ends.client
    try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
    try stream.writeFully([1])
    #expect(try server.readFully(1) == [1])
    try server.close()
    try loop.expect(1, .readClosed)
    expectBrokenPipe(stream)
    // It stays so.
    expectBrokenPipe(stream)
  }

  @Test("UDS-26 The same holds for the streams of a pair", .enabled(if: Backend.hasPairs))
  func peerOfAPairIsGone() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        let pair = try UnixStream.pair()
        let stream = pair.first
        try pair.second.close()
        expectBrokenPipe(stream)
        #expect(try stream.readOnce() == [])
      }
    }
  }
}

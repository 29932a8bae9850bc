import CSystem
import MetalCore
import MetalSystem
import Testing

/// The system may keep the files open that a thread waits for; who closes a source is to notice nothing of it.
///
/// In processes of their own: a process that another test starts has all descriptors, until it runs its program.
@Suite("REG: closing while another thread waits", .backend)
struct CloseWhileWaitingTests {
  @Test("REG-16 The address of a listener that has gone is free at once")
  func listeners() async {
    await #expect(processExitsWith: .success) {
      try withWait { registry, ending throws(IOError) in
        var listener = try TCPListener(bindingTo: anyPort)
        let address = try listener.localAddress
        try registry.register(&listener, token: 1, interests: .readable)
        try ending(listener, registry)
        let next = try TCPListener(bindingTo: address)
        #expect(try next.localAddress == address)
      }
    }
  }

  @Test("The address of a UDP socket that has gone is free at once")
  func sockets() async {
    await #expect(processExitsWith: .success) {
      try withWait { registry, ending throws(IOError) in
        var socket = try UDPSocket(bindingTo: anyPort)
        let address = try socket.localAddress
        try registry.register(&socket, token: 1, interests: .readable)
        try ending(socket, registry)
        let next = try UDPSocket(bindingTo: address)
        #expect(try next.localAddress == address)
      }
    }
  }

  @Test("TCP-33 The peer of a stream that has gone reads its end")
  func streams() async {
    await #expect(processExitsWith: .success) {
      try withWait { registry, ending throws(IOError) in
        let ends = try Connected()
        let client = ends.client
        var stream = ends.server
        try registry.register(&stream, token: 1, interests: .readable)
        try ending(stream, registry)
        #expect(try client.readFully(1).isEmpty)
        #if !METAL_WINDOWS
        let pair = try UnixStream.pair()
        let peer = pair.second
        var end = pair.first
        try registry.register(&end, token: 1, interests: .readable)
        try ending(end, registry)
        // At once, without a pause.
        #expect(try peer.readOnce() == [])
        #endif
      }
    }
  }

  #if !METAL_WINDOWS
  @Test("PIPE-08 The other end of a pipe end that has gone knows at once")
  func pipes() async {
    await #expect(processExitsWith: .success) {
      try withWait { registry, ending throws(IOError) in
        let first = try PipeEnds()
        let survivor = first.writer
        var reader = first.reader
        try registry.register(&reader, token: 1, interests: .readable)
        try ending(reader, registry)
        expectError(.brokenPipe) { () throws(IOError) in try survivor.write([1].span) }
        let second = try PipeEnds()
        let other = second.reader
        var writer = second.writer
        try writer.flood()
        try registry.register(&writer, token: 2, interests: .writable)
        try ending(writer, registry)
        try other.drain()
        #expect(try other.readOnce() == [])
      }
    }
  }
  #endif
}

/// How a source goes.
private enum Ending: CaseIterable {
  case closed, dropped, deregistered

  func callAsFunction<T: DescriptorSource & ~Copyable>(
    _ source: consuming T, _ registry: Registry
  ) throws(IOError) where T.S == Selector {
    switch self {
    case .closed:
      try source.close()
    case .dropped:
      _ = consume source
    case .deregistered:
      try registry.deregister(&source)
      try source.close()
    }
  }
}

/// Runs something for each ending of a source, while a thread waits for nothing but its own end.
private func withWait(_ body: (Registry, Ending) throws(IOError) -> Void) throws(IOError) {
  let loop = try Loop()
  let registry = loop.registry
  let waker = try registry.makeWaker(token: 99)
  let loops = Handoff<Loop>()
  loops.put(loop)
  try meanwhile {
    recordingErrors { () throws(IOError) in
      var loop = try loops.taken()
      let batch = try loop.wait(nil)
      #expect(batch.map(\.token) == [99])
    }
  } _: { () throws(IOError) in
    defer { recordingErrors { () throws(IOError) in try waker.wake() } }
    // Several times: the other thread may not have begun to wait yet.
    for ending in Ending.allCases {
      for _ in 0..<5 { try body(registry, ending) }
    }
  }
}

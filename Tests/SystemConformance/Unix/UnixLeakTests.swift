import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("Descriptors of Unix-domain sockets and pipes are not leaked", .backend)
struct UnixLeakTests {
  @Test("Sockets, pairs and pipes, dropped or closed, registered or not, leave no descriptor behind")
  func dropped() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let poll = try Poll()
      let folder = try TemporaryFolder()
      let listener = try UnixListener(bindingTo: folder.address())
      let before = openDescriptors()
      for round in 0..<500 {
        try makeAndDrop(listener, poll.registry, isRegistered: round % 2 == 0, isClosed: round % 3 == 0)
      }
      expectOpen(before)
    }
  }

  @Test("Everything says when no descriptor is left, also when there is one for one end of two")
  func exhausted() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let folder = try TemporaryFolder()
      let address = try folder.address()
      let listener = try UnixListener(bindingTo: address)
      #expect(descriptorsNeeded { () throws(IOError) in try UnixDatagramSocket() } == 1)
      #expect(descriptorsNeeded { () throws(IOError) in try UnixStream(connectingTo: address) } == 1)
      #expect(descriptorsNeeded { () throws(IOError) in try UnixStream.pair() } == 2)
      #expect(descriptorsNeeded { () throws(IOError) in try UnixDatagramSocket.pair() } == 2)
      #expect(descriptorsNeeded { () throws(IOError) in try PipeEnds() } == 2)
      let (first, second) = try (folder.address("first"), folder.address("second"))
      #expect(descriptorsNeeded { () throws(IOError) in try UnixListener(bindingTo: first) } == 1)
      #expect(descriptorsNeeded { () throws(IOError) in try UnixDatagramSocket(bindingTo: second) } == 1)
      // The connection from above is in the queue, and stays there while it cannot be accepted.
      #expect(descriptorsNeeded { () throws(IOError) in try ready(listener.accept()) } == 1)
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      let client = try UnixStream(connectingTo: address)
      #expect(descriptorsNeeded { () throws(IOError) in try ready(listener.accept()) } == 1)
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      try client.close()
    }
  }

  @Test("What cannot be bound or connected leaves no descriptor behind")
  func failed() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let folder = try TemporaryFolder()
      let taken = try folder.address("taken")
      let listener = try UnixListener(bindingTo: taken)
      let stale = try folder.address("stale")
      try UnixListener(bindingTo: stale).close()
      let missing = try folder.address("missing/file")
      let holder = try UnixDatagramSocket(bindingTo: .unnamed)
      let named = try holder.localAddress
      for _ in 0..<50 {
        expectNoLeak(.addressInUse) { () throws(IOError) in try UnixListener(bindingTo: taken) }
        expectNoLeak(.addressInUse) { () throws(IOError) in try UnixDatagramSocket(bindingTo: taken) }
        expectNoLeak(.notFound) { () throws(IOError) in try UnixListener(bindingTo: missing) }
        expectNoLeak(.notFound) { () throws(IOError) in try UnixDatagramSocket(bindingTo: missing) }
        expectNoLeak(.notFound) { () throws(IOError) in try UnixStream(connectingTo: missing) }
        expectNoLeak(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: stale) }
        expectNoLeak(.addressInUse) { () throws(IOError) in try UnixDatagramSocket(bindingTo: named) }
        expectNoLeak(.invalidInput) { () throws(IOError) in try UnixStream(connectingTo: .unnamed) }
        // An option that is refused, with the socket open already.
        expectNoLeak(.invalidInput) { () throws(IOError) in try UnixDatagramSocket(options: [.receiveBufferSize(-1)]) }
        expectNoLeak(.invalidInput) { () throws(IOError) in
          try UnixListener(bindingTo: missing, options: [.receiveBufferSize(-1)])
        }
        expectNoLeak(.invalidInput) { () throws(IOError) in
          try UnixStream(connectingTo: taken, options: [.receiveBufferSize(-1)])
        }
      }
      try listener.close()
      try holder.close()
    }
  }

  @Test("A connection whose peer has an address of a foreign family is refused and not leaked")
  func foreignFamily() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let tcp = try TCPListener(bindingTo: anyPort)
      let address = try tcp.localAddress
      let listener = UnixListener(adopting: tcp.releaseDescriptor())
      for _ in 0..<4 {
        let client = try TCPStream(connectingTo: address)
        try pause(.milliseconds(10))
        expectNoLeak(.unsupported) { () throws(IOError) in try listener.accept() }
        try client.close()
      }
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      expectNoLeak(.unsupported) { () throws(IOError) in try listener.localAddress }
    }
  }

  @Test("The probe for the flag against SIGPIPE leaves no descriptor behind")
  func probe() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let event = PipeWriter(adopting: try opened(system_eventfd()))
      let before = openDescriptors()
      // Without descriptors for the probe the write succeeds as well.
      for free in 0..<3 {
        let table = FullTable(leaving: free)
        let moved = try event.write([1, 0, 0, 0, 0, 0, 0, 0].span)
        _ = consume table
        #expect(moved == 8)
        expectOpen(before)
      }
    }
  }
}

/// Makes one of everything and lets it go.
private func makeAndDrop(
  _ listener: borrowing UnixListener, _ registry: Registry, isRegistered: Bool, isClosed: Bool
) throws(IOError) {
  let client = try UnixStream(connectingTo: listener.localAddress)
  let accepted = try listener.acceptWhenReady()
  var server = accepted.stream
  let datagrams = try UnixDatagramSocket.pair()
  var datagram = datagrams.first
  let streams = try UnixStream.pair()
  let pipe = try PipeEnds()
  var reader = pipe.reader
  var writer = pipe.writer
  if isRegistered {
    try registry.register(&server, token: 1, interests: .readable)
    try registry.register(&datagram, token: 2, interests: [.readable, .writable])
    try registry.register(&reader, token: 3, interests: .readable)
    try registry.register(&writer, token: 4, interests: .writable)
  }
  if isClosed {
    try client.close()
    try server.close()
    try datagram.close()
    try streams.first.close()
    try reader.close()
    try writer.close()
  }
}

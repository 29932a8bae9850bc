import MetalCore
import Testing

@Suite("UDS: listeners and addresses", .backend)
struct UnixListenerTests {
  @Test(
    "UDS-11 A listener bound to a path is quiet until a connection comes, and accepts it",
    .enabled(if: Backend.hasUnixSockets))
  func accepts() throws(IOError) {
    let folder = try TemporaryFolder()
    let listener = try UnixListener(bindingTo: folder.address())
    try expectAcceptance(by: listener)
  }

  @Test(
    "UDS-13 An accepted stream's address is the listener's path; a client that is not bound is unnamed",
    .enabled(if: Backend.hasUnixSockets))
  func addresses() throws(IOError) {
    let folder = try TemporaryFolder()
    let path = try folder.address()
    let listener = try UnixListener(bindingTo: path)
    #expect(try listener.localAddress == path)
    let client = try UnixStream(connectingTo: path)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.stream.localAddress == path)
    #expect(try accepted.stream.peerAddress == .unnamed)
    #expect(accepted.peerAddress == .unnamed)
    #expect(try client.peerAddress == path)
  }

  @Test(
    "UDS-14 A listener that is deregistered before the first poll is quiet though a connection came",
    .enabled(if: Backend.hasUnixSockets))
  func deregisters() throws(IOError) {
    let folder = try TemporaryFolder()
    var loop = try Loop()
    var listener = try UnixListener(bindingTo: folder.address())
    try loop.registry.register(&listener, token: 1, interests: .readable)
    let client = try UnixStream(connectingTo: folder.address())
    try loop.registry.deregister(&listener)
    try loop.expectQuiet()
    let accepted = try listener.acceptWhenReady()
    try client.writeFully([1])
    #expect(try accepted.stream.readFully(1) == [1])
  }

  @Test(
    "UDS-15 A listener with an abstract name works as one with a path, and leaves no file",
    .enabled(if: Backend.hasUnixSockets))
  func abstractName() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        let folder = try TemporaryFolder()
        let address = try UnixAddress(abstractName: folder.path + "/abstract")
        guard Backend.hasAbstractNames else {
          expectError(.unsupported) { () throws(IOError) in try UnixListener(bindingTo: address) }
          return
        }
        let listener = try UnixListener(bindingTo: address)
        #expect(try listener.localAddress == address)
        #expect(folder.names == [])
        expectError(.addressInUse) { () throws(IOError) in try UnixListener(bindingTo: address) }
        try expectAcceptance(by: listener) { accepted, client throws(IOError) in
          let addresses = try [accepted.localAddress, accepted.peerAddress, client.peerAddress]
          #expect(addresses == [address, .unnamed, address])
        }
        #expect(folder.names == [])
        // The name went with the listener.
        let again = try UnixListener(bindingTo: address)
        #expect(try again.localAddress == address)
        try again.close()
        expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: address) }
      }
    }
  }

  @Test(
    "UDS-24 Connecting to a path that is missing is 'not found', for streams and datagram sockets",
    .enabled(if: Backend.hasPairs))
  func missing() throws(IOError) {
    let folder = try TemporaryFolder()
    let address = try folder.address("missing")
    let datagram = try UnixDatagramSocket()
    expectError(.notFound) { () throws(IOError) in try UnixStream(connectingTo: address) }
    expectError(.notFound) { () throws(IOError) in try datagram.connect(to: address) }
    expectError(.notFound) { () throws(IOError) in try datagram.send([1].span, to: address) }
    // The folder is missing as well.
    guard Backend.hasFolders else { return }
    let deeper = try folder.address("missing/socket")
    expectError(.notFound) { () throws(IOError) in try UnixListener(bindingTo: deeper) }
    expectError(.notFound) { () throws(IOError) in try UnixDatagramSocket(bindingTo: deeper) }
  }

  @Test("UDS-24 Connecting to the file of a socket that is gone is refused", .enabled(if: Backend.hasPairs))
  func stale() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        let folder = try TemporaryFolder()
        try UnixListener(bindingTo: folder.address("stream")).close()
        try UnixDatagramSocket(bindingTo: folder.address("datagram")).close()
        let (stream, datagram) = try (folder.address("stream"), folder.address("datagram"))
        let socket = try UnixDatagramSocket()
        expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: stream) }
        expectError(.connectionRefused) { () throws(IOError) in try socket.connect(to: datagram) }
        expectError(.connectionRefused) { () throws(IOError) in try socket.send([1].span, to: datagram) }
      }
    }
  }

  @Test(
    "UDS-24 A path that is too long, or has a zero byte in it, is invalid input", .enabled(if: Backend.hasUnixSockets))
  func invalid() throws(IOError) {
    let folder = try TemporaryFolder()
    let tooLong = String(repeating: "a", count: 109)
    expectError(.invalidInput) { () throws(IOError) in try folder.address(tooLong) }
    expectError(.invalidInput) { () throws(IOError) in try folder.address("zero\0inside") }
    expectError(.invalidInput) { () throws(IOError) in try UnixAddress(pathname: "") }
    #expect(folder.names == [])
  }

  @Test(
    "UDS-27 Bound to the unnamed address, a socket gets an abstract name, or is refused as unsupported",
    .enabled(if: Backend.hasPairs))
  func namedBySystem() throws(IOError) {
    guard Backend.hasAbstractNames else {
      expectError(.unsupported) { () throws(IOError) in try UnixListener(bindingTo: .unnamed) }
      expectError(.unsupported) { () throws(IOError) in try UnixDatagramSocket(bindingTo: .unnamed) }
      return
    }
    let listener = try UnixListener(bindingTo: .unnamed)
    let first = try UnixDatagramSocket(bindingTo: .unnamed)
    let second = try UnixDatagramSocket(bindingTo: .unnamed)
    let names = try [listener.localAddress, first.localAddress, second.localAddress]
    #expect(names.allSatisfy { $0.isAbstract && !$0.name.isEmpty })
    #expect(Set(names).count == 3)
    let client = try UnixStream(connectingTo: names[0])
    #expect(try client.peerAddress == names[0])
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.stream.localAddress == names[0])
    #expect(try first.send([1, 2].span, to: names[2]) == 2)
    let received = try ready(second.receiveOnceFrom())
    #expect(received == ReceivedBytes(bytes: [1, 2], source: names[1]))
    try second.connect(to: received.source)
    #expect(try second.send([3].span) == 1)
    #expect(try first.receiveOnceFrom() == ReceivedBytes(bytes: [3], source: names[2]))
  }

  @Test(
    "UDS-28 A listener whose queue is full refuses, and takes connections again when it has room",
    .enabled(if: Backend.hasUnixSockets))
  func fullBacklog() throws(IOError) {
    let folder = try TemporaryFolder()
    let address = try folder.address()
    let listener = try UnixListener(bindingTo: address, backlog: 1)
    var clients = 0
    var failure: IOError?
    while failure == nil, clients < 16 {
      do throws(IOError) {
        // Its place in the queue stays taken when the client is gone.
        _ = try UnixStream(connectingTo: address)
        clients += 1
      } catch {
        failure = error
      }
    }
    #expect(failure?.kind == .connectionRefused)
    #expect(clients >= 1)
    while try listener.accept() != nil {}
    let client = try UnixStream(connectingTo: address)
    #expect(try client.peerAddress == address)
  }

  @Test("The unnamed address can be neither connected nor sent to", .enabled(if: Backend.hasPairs))
  func unnamed() throws(IOError) {
    let datagram = try UnixDatagramSocket()
    expectError(.invalidInput) { () throws(IOError) in try UnixStream(connectingTo: .unnamed) }
    expectError(.invalidInput) { () throws(IOError) in try datagram.connect(to: .unnamed) }
    expectError(.invalidInput) { () throws(IOError) in try datagram.send([1].span, to: .unnamed) }
  }

  @Test(
    "UDS-25 Binding to a path that exists is 'address in use', and what is dropped leaves its file",
    .enabled(if: Backend.hasPairs))
  func existing() throws(IOError) {
    let folder = try TemporaryFolder()
    let path = try folder.address("socket")
    do {
      let listener = try UnixListener(bindingTo: path)
      #expect(folder.names == ["socket"])
      expectError(.addressInUse) { () throws(IOError) in try UnixListener(bindingTo: path) }
      expectError(.addressInUse) { () throws(IOError) in try UnixDatagramSocket(bindingTo: path) }
      #expect(try listener.localAddress == path)
    }
    #expect(folder.names == ["socket"])
    expectError(.addressInUse) { () throws(IOError) in try UnixListener(bindingTo: path) }
    do {
      let datagram = try UnixDatagramSocket(bindingTo: folder.address("other"))
      #expect(try datagram.localAddress == folder.address("other"))
    }
    #expect(folder.names.sorted() == ["other", "socket"])
    let other = try folder.address("other")
    expectError(.addressInUse) { () throws(IOError) in try UnixDatagramSocket(bindingTo: other) }
  }
}

import MetalCore
import Testing

@Suite("Rules: connecting Unix-domain streams")
struct UnixConnectingRuleTests {
  @Test(
    "S18 A stream is connected and writable before it is accepted, and what it sends is kept",
    arguments: KernelProfile.all)
  func connectsAtOnce(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      let listener = try UnixListener(bindingTo: unixPath())
      var stream = try UnixStream(connectingTo: unixPath())
      try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try stream.put(100) == 100)
      try stream.shutdown(.write)
      let accepted = try ready(listener.accept())
      #expect(try accepted.stream.readOnce() == unixBytes(100))
      #expect(try accepted.stream.readOnce() == [])
      try accepted.stream.writeFully([1])
      #expect(try stream.readOnce() == [1])
    }
  }

  @Test(
    "S18 A stream that was registered before it connected is told writable then, and silent until then (R9)",
    arguments: KernelProfile.all)
  func registeredBefore(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { kernel throws(IOError) in
      var loop = try Loop()
      let listener = try UnixListener(bindingTo: unixPath())
      let raw = try kernel.openSocket(.unix, .stream)
      var stream = UnixStream(adopting: SimulatedDescriptor(owning: raw, on: kernel))
      try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == [])
      expectError(.notConnected) { () throws(IOError) in try stream.readOnce() }
      expectError(.notConnected) { () throws(IOError) in try stream.put(1) }
      expectError(.notConnected) { () throws(IOError) in try stream.shutdown(.both) }
      expectError(.notConnected) { () throws(IOError) in try stream.peerAddress }
      try kernel.connect(raw, to: unixPath())
      #expect(try loop.news() == ["1 write 8192"])
      expectError(.alreadyConnected) { () throws(IOError) in try kernel.connect(raw, to: unixPath()) }
      #expect(try listener.accept() != nil)
    }
  }

  @Test(
    "R1 Each connection fires, accepting as well but on macOS, and the number is that of those who wait",
    arguments: KernelProfile.all)
  func listener(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var listener = try UnixListener(bindingTo: unixPath())
      try loop.registry.register(&listener, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == [])
      let first = try UnixStream(connectingTo: unixPath())
      let second = try UnixStream(connectingTo: unixPath())
      #expect(try loop.news() == ["1 read 2"])
      let accepted = try ready(listener.accept())
      #expect(try loop.news() == (profile == .macOS ? [] : ["1 read 1"]))
      let third = try UnixStream(connectingTo: unixPath())
      #expect(try loop.news() == ["1 read 2"])
      let others = try Pair(ready(listener.accept()).stream, ready(listener.accept()).stream)
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      // First come, first served.
      try accepted.stream.writeFully([1])
      try others.first.writeFully([2])
      try others.second.writeFully([3])
      #expect(try first.readOnce() == [1])
      #expect(try second.readOnce() == [2])
      #expect(try third.readOnce() == [3])
    }
  }

  @Test("S16 A full backlog refuses at once, and there is room again after an accept", arguments: KernelProfile.all)
  func fullBacklog(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath(), backlog: 2)
      var clients = Slab<UnixStream>()
      for _ in 0..<2 { _ = clients.insert(try UnixStream(connectingTo: unixPath())) }
      expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: unixPath()) }
      #expect(try listener.accept() != nil)
      _ = clients.insert(try UnixStream(connectingTo: unixPath()))
      expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: unixPath()) }
    }
  }

  @Test("A backlog of 0 lets one wait")
  func noBacklog() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath(), backlog: 0)
      let client = try UnixStream(connectingTo: unixPath())
      expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: unixPath()) }
      #expect(try listener.localAddress == client.peerAddress)
    }
  }

  @Test("The ends know each other by the listener's path; who was never bound is unnamed")
  func addresses() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath())
      let client = try UnixStream(connectingTo: unixPath())
      let accepted = try ready(listener.accept())
      #expect(try client.localAddress == .unnamed)
      #expect(try client.peerAddress == unixPath())
      #expect(accepted.peerAddress == .unnamed)
      #expect(try accepted.stream.localAddress == unixPath())
      #expect(try accepted.stream.peerAddress == .unnamed)

      let raw = try kernel.openSocket(.unix, .stream)
      try kernel.bind(raw, to: unixPath("/client"))
      try kernel.connect(raw, to: unixPath())
      let named = try ready(listener.accept())
      #expect(try named.peerAddress == unixPath("/client"))
      #expect(try named.stream.peerAddress == unixPath("/client"))

      let pair = try UnixStream.pair()
      #expect(try pair.first.localAddress == .unnamed)
      #expect(try pair.first.peerAddress == .unnamed)
      #expect(try pair.second.localAddress == .unnamed)
      #expect(try pair.second.peerAddress == .unnamed)
    }
  }

  @Test(
    "A client that leaves before it is accepted is accepted all the same, with what it has sent",
    arguments: KernelProfile.all)
  func leavesBefore(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath())
      let client = try UnixStream(connectingTo: unixPath())
      #expect(try client.put(10) == 10)
      try client.close()
      let accepted = try ready(listener.accept())
      #expect(accepted.peerAddress == .unnamed)
      #expect(try accepted.stream.readOnce() == unixBytes(10))
      #expect(try accepted.stream.readOnce() == [])
      expectError(.brokenPipe) { () throws(IOError) in try accepted.stream.put(1) }
      expectError(.notConnected) { () throws(IOError) in try accepted.stream.peerAddress }
    }
  }

  @Test(
    "A listener that is closed ends those who wait: without an error on macOS, by a broken pipe on FreeBSD",
    arguments: KernelProfile.all)
  func listenerCloses(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { kernel throws(IOError) in
      var loop = try Loop()
      let listener = try UnixListener(bindingTo: unixPath())
      var client = try UnixStream(connectingTo: unixPath())
      try loop.registry.register(&client, token: 1, interests: [.readable, .writable])
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try client.put(3) == 3)
      let count = kernel.descriptorCount
      try listener.close()
      #expect(kernel.descriptorCount == count - 1)
      if profile == .macOS {
        #expect(try loop.news() == ["1 write 0 end 0", "1 read 0 end 0"])
      } else {
        let room = profile == .netBSD ? 8_189 : 0
        let told = ["1 read 0 end 32", "1 write \(room) end 32"]
        #expect(try loop.news() == (profile == .netBSD ? told.reversed() : told))
        expectError(.brokenPipe) { () throws(IOError) in try client.readOnce() }
      }
      #expect(try client.readOnce() == [])
      expectError(.brokenPipe) { () throws(IOError) in try client.put(1) }
      #expect(try client.takePendingError() == nil)
    }
  }

  @Test("Accepting without a free descriptor leaves the connection in the queue")
  func noDescriptor() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath())
      let client = try UnixStream(connectingTo: unixPath())
      let limit = kernel.descriptorLimit
      kernel.descriptorLimit = kernel.descriptorCount
      expectError(.tooManyOpenFiles) { () throws(IOError) in try listener.accept() }
      expectError(.tooManyOpenFiles) { () throws(IOError) in try UnixStream.pair() }
      expectError(.tooManyOpenFiles) { () throws(IOError) in try UnixDatagramSocket.pair() }
      kernel.descriptorLimit = limit
      let accepted = try ready(listener.accept())
      try client.writeFully([1])
      #expect(try accepted.stream.readOnce() == [1])
    }
  }

  @Test("A socket listens only if it is bound and not connected, and a listener does not connect")
  func badStates() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let raw = try kernel.openSocket(.unix, .stream)
      expectError(.invalidInput) { () throws(IOError) in try kernel.listen(raw, backlog: 1) }
      try kernel.bind(raw, to: unixPath())
      try kernel.listen(raw, backlog: 1)
      try kernel.listen(raw, backlog: 2)
      expectError(.unsupported) { () throws(IOError) in try kernel.connect(raw, to: unixPath()) }
      var buffer: [UInt8] = [0]
      #expect(kernel.receive(raw, into: buffer.mutableSpan, isPeek: false) == IOResult(rawValue: -57))
      #expect(kernel.send(raw, [1].span) == IOResult(rawValue: -57))
      let pair = try kernel.openSocketPair(.stream)
      expectError(.invalidInput) { () throws(IOError) in try kernel.listen(pair.first, backlog: 1) }
      expectError(.alreadyConnected) { () throws(IOError) in try kernel.connect(pair.first, to: unixPath()) }
      try kernel.close(pair.second)
      expectError(.unsupported) { () throws(IOError) in try kernel.connect(pair.first, to: unixPath()) }
      let datagram = try kernel.openSocket(.unix, .datagram)
      expectError(.unsupported) { () throws(IOError) in try kernel.listen(datagram, backlog: 1) }
    }
  }
}

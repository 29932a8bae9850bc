import MetalCore
import Testing

@Suite("Rules: the ends of Unix-domain datagram sockets")
struct UnixDatagramEndingRuleTests {
  @Test(
    "S20 A peer that goes away is told to the next send once, by no event; later ones need an address",
    arguments: KernelProfile.all)
  func peerGoesToSender(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      let pair = try UnixDatagramSocket.pair()
      var socket = pair.first
      try loop.registry.register(&socket, token: 1, interests: [.readable, .writable])
      #expect(try loop.news().count == 1)
      try pair.second.close()
      #expect(try loop.news() == [])
      expectError(.connectionReset) { () throws(IOError) in try socket.send([1]) }
      for _ in 0..<2 {
        expectError(.destinationAddressRequired) { () throws(IOError) in try socket.send([1]) }
      }
      expectWouldBlock { () throws(IOError) in try socket.receiveOnce() }
      expectError(.notConnected) { () throws(IOError) in try socket.peerAddress }
      #expect(try loop.news() == [])
    }
  }

  @Test(
    "S20 A peer that goes away is told to the next receive, behind what has arrived, and not by a peek",
    arguments: KernelProfile.all)
  func peerGoesToReceiver(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let pair = try UnixDatagramSocket.pair()
      let socket = pair.first
      try pair.second.send([1])
      try pair.second.close()
      #expect(try socket.receiveOnce() == [1])
      var buffer: [UInt8] = [0]
      for _ in 0..<2 {
        expectError(.connectionReset) { () throws(IOError) in try socket.peek(into: buffer.mutableSpan) }
      }
      expectError(.connectionReset) { () throws(IOError) in try socket.receiveOnce() }
      expectWouldBlock { () throws(IOError) in try socket.receiveOnce() }
      expectError(.destinationAddressRequired) { () throws(IOError) in try socket.send([1]) }
    }
  }

  @Test(
    "S20 The error waits for whoever asks for it, and all who were connected have one (R3, R14)",
    arguments: KernelProfile.all)
  func pendingError(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      let receiver = try UnixDatagramSocket(bindingTo: unixPath())
      var first = try UnixDatagramSocket()
      let second = try UnixDatagramSocket()
      let third = try UnixDatagramSocket()
      try first.connect(to: unixPath())
      try second.connect(to: unixPath())
      try third.send([1], to: unixPath())
      try receiver.close()
      #expect(try second.takePendingError()?.kind == .connectionReset)
      #expect(try second.takePendingError() == nil)
      #expect(try third.takePendingError() == nil)
      // A filter that runs finds the error, which is not the end.
      try loop.registry.register(&first, token: 1, interests: [.readable, .writable])
      let space = try first.option(.sendBufferSize)
      #expect(try loop.news().sorted() == ["1 read 0", "1 write \(space)"])
      expectError(.connectionReset) { () throws(IOError) in try first.send([1], to: unixPath()) }
      expectError(.connectionRefused) { () throws(IOError) in try first.send([1], to: unixPath()) }
    }
  }

  @Test("A socket that connects elsewhere, or is closed, is nothing to its old peer")
  func leavesPeer() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let first = try UnixDatagramSocket(bindingTo: unixPath("/first"))
      let second = try UnixDatagramSocket(bindingTo: unixPath("/second"))
      let socket = try UnixDatagramSocket()
      try socket.connect(to: unixPath("/first"))
      try socket.connect(to: unixPath("/second"))
      try first.close()
      #expect(try socket.takePendingError() == nil)
      try socket.send([1])
      #expect(try second.receiveOnce() == [1])
      try socket.close()
      #expect(try second.takePendingError() == nil)
      expectWouldBlock { () throws(IOError) in try second.receiveOnce() }
    }
  }

  @Test("Connecting anew takes the old peer's error along")
  func connectsAnew() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let other = try UnixDatagramSocket(bindingTo: unixPath())
      let pair = try UnixDatagramSocket.pair()
      let socket = pair.first
      try pair.second.close()
      try socket.connect(to: unixPath())
      try socket.send([1])
      #expect(try other.receiveOnce() == [1])
    }
  }

  @Test("What was sent before its sender went can be received, with its source")
  func outlivesSender() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let receiver = try UnixDatagramSocket(bindingTo: unixPath("/to"))
      let sender = try UnixDatagramSocket(bindingTo: unixPath("/from"))
      try sender.send([1], to: unixPath("/to"))
      try sender.close()
      let received = try ready(receiver.receiveOnceFrom())
      #expect(received.bytes == [1])
      #expect(try received.source == unixPath("/from"))
      expectError(.connectionRefused) { () throws(IOError) in try receiver.send([2], to: unixPath("/from")) }
    }
  }

  @Test(
    "Shutting down reading throws away what is there and takes no more; the peer finds no space",
    arguments: KernelProfile.all)
  func readShutdown(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixDatagramSocket.pair()
      try loop.registry.register(&pair.first, token: 1, interests: .readable)
      try pair.second.send([1, 2])
      try pair.first.shutdown(.read)
      #expect(try loop.news() == ["1 read 0 end 0"])
      #expect(try pair.first.receiveOnce() == [])
      expectError(.noBufferSpace) { () throws(IOError) in try pair.second.send([1]) }
      try pair.first.send([3])
      #expect(try pair.second.receiveOnce() == [3])
    }
  }

  @Test("Shutting down writing is told to oneself alone, and sending is a broken pipe", arguments: KernelProfile.all)
  func writeShutdown(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      let pair = try UnixDatagramSocket.pair()
      var socket = pair.first
      var peer = pair.second
      let space = try socket.option(.sendBufferSize)
      try loop.registry.register(&socket, token: 1, interests: .writable)
      try loop.registry.register(&peer, token: 2, interests: .readable)
      #expect(try loop.news() == ["1 write \(space)"])
      try socket.shutdown(.write)
      #expect(try loop.news() == ["1 write \(space) end 0"])
      expectError(.brokenPipe) { () throws(IOError) in try socket.send([1]) }
      expectError(.brokenPipe) { () throws(IOError) in try socket.send([1], to: unixPath()) }
      expectWouldBlock { () throws(IOError) in try peer.receiveOnce() }
      // R15: it comes before the error.
      try peer.close()
      expectError(.brokenPipe) { () throws(IOError) in try socket.send([1]) }
      #expect(try socket.takePendingError()?.kind == .connectionReset)
    }
  }
}

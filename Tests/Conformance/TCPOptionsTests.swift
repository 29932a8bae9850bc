import MetalCore
import Testing

@Suite("TCP: options and own operations", .backend)
struct TCPOptionsTests {
  @Test("TCP-15 A stream's time to live and no-delay can be read, and set", arguments: [anyPort, anyPortV6])
  func timeToLiveAndNoDelay(address: SocketAddress) throws {
    let ends = try Connected(address)
    let initial = try ends.client.timeToLive
    #expect((1...255).contains(initial))
    try ends.client.setTimeToLive(10)
    #expect(try ends.client.timeToLive == 10)

    #expect(try ends.client.isNoDelay == false)
    try ends.client.setNoDelay(true)
    #expect(try ends.client.isNoDelay)
    try ends.client.setNoDelay(false)
    #expect(try ends.client.isNoDelay == false)
    #expect(try ends.client.takePendingError() == nil)
  }

  @Test(
    "A time to live outside 1…255 is invalid, and changes nothing",
    arguments: [anyPort, anyPortV6], [0, -1, 256, .min, .max, 1 << 32 + 64])
  func invalidTimeToLive(address: SocketAddress, hops: Int) throws {
    let ends = try Connected(address)
    try ends.client.setTimeToLive(10)
    try ends.listener.setTimeToLive(20)
    expectError(.invalidInput) { () throws(IOError) in try ends.client.setTimeToLive(hops) }
    expectError(.invalidInput) { () throws(IOError) in try ends.listener.setTimeToLive(hops) }
    #expect(try ends.client.timeToLive == 10)
    #expect(try ends.listener.timeToLive == 20)
  }

  @Test("A time to live of 1 and of 255 is legal", arguments: [anyPort, anyPortV6])
  func boundsOfTimeToLive(address: SocketAddress) throws {
    let ends = try Connected(address)
    for hops in [1, 255] {
      try ends.client.setTimeToLive(hops)
      #expect(try ends.client.timeToLive == hops)
      try ends.listener.setTimeToLive(hops)
      #expect(try ends.listener.timeToLive == hops)
    }
  }

  @Test("TCP-36 Linger is off at first, and reads back as it was set, in whole seconds rounded up")
  func linger() throws {
    let ends = try Connected()
    #expect(try ends.client.linger == nil)
    let cases: [(Duration, Duration)] = [
      (.zero, .zero), (.seconds(5), .seconds(5)), (.milliseconds(1500), .seconds(2)),
      (Duration(secondsComponent: 0, attosecondsComponent: 1), .seconds(1)),
      (.seconds(327), .seconds(327)), (.milliseconds(326_001), .seconds(327)),
    ]
    for (given, expected) in cases {
      try ends.client.setLinger(given)
      #expect(try ends.client.linger == expected)
    }
    try ends.client.setLinger(nil)
    #expect(try ends.client.linger == nil)
  }

  @Test(
    "TCP-36 A negative linger, and one beyond 327 s, is invalid, and changes nothing",
    arguments: [
      .seconds(-1), .milliseconds(327_001), .seconds(328), .seconds(65_535),
      Duration(secondsComponent: 0, attosecondsComponent: -1), .seconds(1 << 33),
      .seconds(Int64.max),
    ])
  func invalidLinger(linger: Duration) throws {
    let ends = try Connected()
    try ends.client.setLinger(.seconds(3))
    expectError(.invalidInput) { () throws(IOError) in try ends.client.setLinger(linger) }
    #expect(try ends.client.linger == .seconds(3))
  }

  @Test("An address of another machine cannot be bound")
  func foreignAddress() {
    // 192.0.2.0/24 and 2001:db8::/32 are set aside for documentation: RFC 5737, RFC 3849.
    let foreign = SocketAddress("192.0.2.1:0")!
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: foreign) }
    let foreignV6 = SocketAddress("[2001:db8::1]:0")!
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: foreignV6) }
  }

  @Test("An operation of one's own on a stream runs once, and its value or error comes back unchanged")
  func performOnAStream() throws {
    let ends = try Connected()
    var runs = 0
    let value = try ends.client.perform { _ throws(IOError) in
      runs += 1
      return "value"
    }
    #expect(value == "value")
    #expect(runs == 1)
    for expected in [IOError(.wouldBlock, code: 7), IOError(.other, code: 8)] {
      do throws(IOError) {
        try ends.client.perform { _ throws(IOError) in
          runs += 1
          throw expected
        }
      } catch {
        #expect(error == expected)
      }
    }
    #expect(runs == 3)
  }

  @Test("After an operation of one's own has drained a stream to would-block, new data is reported")
  func performRearmsAStream() throws {
    var ends = try Connected()
    var loop = try Loop()
    try loop.registry.register(&ends.client, token: 1, interests: .readable)
    for round: UInt8 in 1...3 {
      try ends.server.writeFully([round, round])
      try loop.expect(1, .readable)
      #expect(try ends.client.receiveByPerform() == [round, round])
      expectWouldBlock { () throws(IOError) in try ends.client.receiveByPerform() }
      try loop.expectQuiet()
    }
  }

  @Test("After an operation of one's own has drained a listener to would-block, a new connection is reported")
  func performRearmsAListener() throws {
    var listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop()
    try loop.registry.register(&listener, token: 1, interests: .readable)
    for _ in 1...3 {
      let client = try TCPStream(connectingTo: try listener.localAddress)
      try loop.expect(1, .readable)
      let peerAddress = try listener.acceptByPerform()
      #expect(try peerAddress == client.localAddress)
      expectWouldBlock { () throws(IOError) in try listener.acceptByPerform() }
      try loop.expectQuiet()
    }
  }
}

// Written for any selector, since only its module could name the members of this one's kernel.

extension MetalCore.TCPStream {
  /// Receives as a program's own operation would.
  fileprivate func receiveByPerform() throws(IOError) -> [UInt8] {
    try perform { descriptor throws(IOError) in
      var buffer = [UInt8](repeating: 0, count: 16)
      let result = S.K.current.receive(descriptor, into: buffer.mutableSpan)
      guard result.isSuccess else { throw S.K.error(for: result) }
      return Array(buffer[..<result.rawValue])
    }
  }
}

extension MetalCore.TCPListener {
  /// Accepts as a program's own operation would, closes what it accepted, and returns the peer's address.
  fileprivate func acceptByPerform() throws(IOError) -> SocketAddress {
    try perform { descriptor throws(IOError) in
      var accepted = S.K.noDescriptor
      var peerAddress = anyPort
      let result = S.K.current.accept(descriptor, into: &accepted, peerAddress: &peerAddress)
      guard result.isSuccess else { throw S.K.error(for: result) }
      try S.K.current.close(accepted)
      return peerAddress
    }
  }
}

import MetalCore
import Testing

@Suite("TCP: options and own operations", .backend)
struct TCPOptionsTests {
  @Test("TCP-15 A stream's hop limit and no-delay can be read, and set", arguments: [anyPort, anyPortV6])
  func hopLimitAndNoDelay(address: SocketAddress) throws(IOError) {
    let ends = try Connected(address)
    let initial = try ends.client.option(.hopLimit)
    #expect((1...255).contains(initial))
    try ends.client.setOption(.hopLimit, to: 10)
    #expect(try ends.client.option(.hopLimit) == 10)

    #expect(try ends.client.option(.noDelay) == false)
    try ends.client.setOption(.noDelay, to: true)
    #expect(try ends.client.option(.noDelay))
    try ends.client.setOption(.noDelay, to: false)
    #expect(try ends.client.option(.noDelay) == false)
    #expect(try ends.client.takePendingError() == nil)
  }

  @Test(
    "A hop limit outside 1…255 is invalid, and changes nothing",
    arguments: [anyPort, anyPortV6], [0, -1, 256, .min, .max] + wide([1 << 32 + 64]))
  func invalidHopLimit(address: SocketAddress, hops: Int) throws(IOError) {
    let ends = try Connected(address)
    try ends.client.setOption(.hopLimit, to: 10)
    try ends.listener.setOption(.hopLimit, to: 20)
    expectError(.invalidInput) { () throws(IOError) in try ends.client.setOption(.hopLimit, to: hops) }
    expectError(.invalidInput) { () throws(IOError) in try ends.listener.setOption(.hopLimit, to: hops) }
    #expect(try ends.client.option(.hopLimit) == 10)
    #expect(try ends.listener.option(.hopLimit) == 20)
  }

  @Test("A hop limit of 1 and of 255 is legal", arguments: [anyPort, anyPortV6])
  func boundsOfHopLimit(address: SocketAddress) throws(IOError) {
    let ends = try Connected(address)
    for hops in [1, 255] {
      try ends.client.setOption(.hopLimit, to: hops)
      #expect(try ends.client.option(.hopLimit) == hops)
      try ends.listener.setOption(.hopLimit, to: hops)
      #expect(try ends.listener.option(.hopLimit) == hops)
    }
  }

  @Test("TCP-36 Linger is off at first, and reads back as it was set, in whole seconds rounded up")
  func linger() throws(IOError) {
    let ends = try Connected()
    #expect(try ends.client.option(.linger) == nil)
    let cases: [(Duration, Duration)] = [
      (.zero, .zero), (.seconds(5), .seconds(5)), (.milliseconds(1500), .seconds(2)),
      (Duration(secondsComponent: 0, attosecondsComponent: 1), .seconds(1)),
      (.seconds(327), .seconds(327)), (.milliseconds(326_001), .seconds(327)),
    ]
    for (given, expected) in cases {
      try ends.client.setOption(.linger, to: given)
      #expect(try ends.client.option(.linger) == expected)
    }
    try ends.client.setOption(.linger, to: nil)
    #expect(try ends.client.option(.linger) == nil)
  }

  @Test(
    "TCP-36 A negative linger, and one beyond 327 s, is invalid, and changes nothing",
    arguments: [
      .seconds(-1), .milliseconds(327_001), .seconds(328), .seconds(65_535),
      Duration(secondsComponent: 0, attosecondsComponent: -1), .seconds(1 << 33 as Int64), .seconds(Int64.max),
    ])
  func invalidLinger(linger: Duration) throws(IOError) {
    let ends = try Connected()
    try ends.client.setOption(.linger, to: .seconds(3))
    expectError(.invalidInput) { () throws(IOError) in try ends.client.setOption(.linger, to: linger) }
    #expect(try ends.client.option(.linger) == .seconds(3))
  }

  @Test("An address of another machine cannot be bound")
  func foreignAddress() {
    // 192.0.2.0/24 and 2001:db8::/32 are set aside for documentation: RFC 5737, RFC 3849.
    let foreign = SocketAddress("192.0.2.1:0")!
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: foreign) }
    let foreignV6 = SocketAddress("[2001:db8::1]:0")!
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: foreignV6) }
  }

  @Test("After an operation of one's own has drained a stream to would-block, new data is reported")
  func performRearmsAStream() throws(IOError) {
    var ends = try Connected()
    var loop = try Loop(watching: &ends.client, token: 1, interests: .readable)
    for round: UInt8 in 1...3 {
      try ends.server.writeFully([round, round])
      try loop.expect(1, .readable)
      #expect(try ReadForm.performed(ends.client, atMost: 16) == 2)
      #expect(try ReadForm.performed(ends.client, atMost: 16) == nil)
      try loop.expectQuiet()
    }
  }

  @Test("After an operation of one's own has drained a listener to would-block, a new connection is reported")
  func performRearmsAListener() throws(IOError) {
    var listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop(watching: &listener, token: 1, interests: .readable)
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

extension ListeningSocket where Address == SocketAddress {
  /// Accepts as a program's own operation would, closes what it accepted, and returns the peer's address.
  fileprivate func acceptByPerform() throws(IOError) -> SocketAddress? {
    try perform { descriptor throws(IOError) in
      var accepted = S.K.noDescriptor
      var peerAddress = anyPort
      let result = S.K.current.accept(descriptor, into: &accepted, from: &peerAddress)
      guard result.isSuccess else { throw S.K.error(for: result) }
      try S.K.current.close(accepted)
      return peerAddress
    }
  }
}

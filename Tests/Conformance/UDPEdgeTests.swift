import MetalCore
import Testing

@Suite("ET: datagram sockets", .backend)
struct UDPEdgeTests {
  @Test("ET-03 A connected socket is told of a packet again once it has received to would-block")
  func connected() throws(IOError) {
    var pair = try UDPPair(isConnected: true)
    var loop = try Loop(watching: &pair.second, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    for byte: UInt8 in 1...2 {
      #expect(try pair.first.send([byte].span) == 1)
      let events = try loop.expect(1, .readable)
      #expect(events.allSatisfy { $0.token == 1 }, "\(events)")
      var buffer: [UInt8] = [0, 0, 0, 0]
      let datagram = try ready(pair.second.receive(into: buffer.mutableSpan))
      #expect(datagram.count == 1 && !datagram.isTruncated)
      #expect(buffer == [byte, 0, 0, 0])
      expectWouldBlock { () throws(IOError) in try pair.second.receive(into: buffer.mutableSpan) }
    }
    try loop.expectQuiet()
  }

  @Test("ET-04 An unconnected socket is told of a packet again, and right about its source both times")
  func unconnected() throws(IOError) {
    var pair = try UDPPair()
    let other = try UDPSocket(bindingTo: anyPort)
    var loop = try Loop(watching: &pair.first, token: 1, interests: [.readable, .writable])
    try loop.registry.register(&pair.second, token: 2, interests: [.readable, .writable])
    try loop.expectEach([1: .writable, 2: .writable])
    let to = try pair.second.localAddress
    for byte: UInt8 in 1...4 {
      // From one socket and from another, so that the address is not the former one.
      let from = byte % 2 == 1 ? try pair.first.localAddress : try other.localAddress
      let count = byte % 2 == 1 ? try pair.first.send([byte].span, to: to) : try other.send([byte].span, to: to)
      #expect(count == 1)
      try loop.expect(2, .readable)
      var buffer: [UInt8] = [0, 0, 0, 0]
      let datagram = try ready(pair.second.receive(into: buffer.mutableSpan))
      #expect(datagram.count == 1 && !datagram.isTruncated && datagram.source == from)
      #expect(buffer == [byte, 0, 0, 0])
      expectWouldBlock { () throws(IOError) in try pair.second.receive(into: buffer.mutableSpan) }
    }
    #expect(try pair.first.takePendingError() == nil)
    #expect(try pair.second.takePendingError() == nil)
    #expect(try other.takePendingError() == nil)
    pair.first.expectNothingToReceive()
  }

  @Test("ET-01 A packet is told once, and again only after something new")
  func toldOnce() throws(IOError) {
    var pair = try UDPPair(isConnected: true)
    var loop = try Loop(watching: &pair.second, token: 1, interests: .readable)
    #expect(try pair.first.send([1].span) == 1)
    try loop.expect(1, .readable)
    for _ in 0..<3 { try loop.expectQuiet() }
    #expect(try pair.first.send([2].span) == 1)
    if Backend.reportsNewDataUndrained { try loop.expect(1, .readable) }
    try loop.expectQuiet()
    while try ReceiveForm.receive(pair.second, atMost: 4) != nil {}
    try loop.expectQuiet()
    #expect(try pair.first.send([3].span) == 1)
    try loop.expect(1, .readable)
    try loop.expectQuiet()
  }

  @Test(
    "ET-02 After receiving or peeking a datagram would block, the next one is reported",
    arguments: ReceiveForm.allCases)
  func receiving(form: ReceiveForm) throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    try expectRearming(pair.second, by: pair.first, form) { socket throws(IOError) in
      try form(socket, atMost: 4) == nil
    }
    guard Backend.hasPairs else { return }
    let unixPair = try UnixDatagramSocket.pair()
    try expectRearming(unixPair.second, by: unixPair.first, form) { socket throws(IOError) in
      try form(socket, atMost: 4) == nil
    }
  }

  @Test("ET-02 After a socket's own operation that would block, the next datagram is reported")
  func performing() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    try expectRearming(pair.second, by: pair.first, .receive) { socket throws(IOError) in
      let value: Int? = try socket.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
      return value == nil
    }
  }

  /// Has each round's datagram taken, so that the operation would block.
  private func expectRearming<A>(
    _ socket: consuming DatagramSocket<Selector, A>, by sender: borrowing DatagramSocket<Selector, A>,
    _ form: ReceiveForm, _ wouldBlock: (borrowing DatagramSocket<Selector, A>) throws(IOError) -> Bool
  ) throws(IOError) {
    var loop = try Loop(watching: &socket, token: 1, interests: .readable)
    for byte: UInt8 in 1...3 {
      #expect(try sender.send([byte, byte].span) == 2)
      try loop.expect(1, .readable)
      #expect(try socket.receiveNow(form).bytes == [byte, byte])
      if form.isPeek { #expect(try socket.receiveNow().bytes == [byte, byte]) }
      let isBlocked = try wouldBlock(socket)
      #expect(isBlocked)
      try loop.expectQuiet()
    }
  }

  @Test("ET-06 A successful peek uses nothing up: the event still comes", arguments: ReceiveForm.peeking)
  func peeking(form: ReceiveForm) throws(IOError) {
    var pair = try UDPPair()
    var loop = try Loop(watching: &pair.second, token: 1, interests: .readable)
    #expect(try pair.first.send([42].span, to: pair.second.localAddress) == 1)
    let peeked = try pair.second.receiveWhenReady(form)
    #expect(peeked.bytes == [42])
    try loop.expect(1, .readable)
    #expect(try pair.second.receiveNow(.receive).bytes == [42])
  }

  @Test(
    "UDP-23 The send after a refusal reports it and sends nothing; the next one reaches the peer",
    .enabled(if: Backend.refusalsFailEveryCall, "Windows reports a refused datagram only to a receive."))
  func sendsAfterARefusal() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        for form in SendForm.peer { try expectRefusal(inPlaceOf: form) }
      }
    }
  }

  @Test("ET-07 A socket's own operation runs once, and its value or error comes back unchanged")
  func performsOnce() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    try expectPassedOn(by: pair.first)
    let address = try pair.first.perform { descriptor throws(IOError) in
      try RawOperation<Selector.K>.localAddress(descriptor)
    }
    #expect(try address == pair.first.localAddress)
    let count = try pair.first.perform { descriptor throws(IOError) in
      try RawOperation<Selector.K>.send(descriptor, [1, 2, 3].span)
    }
    #expect(count == 3)
    #expect(try pair.second.receiveWhenReady(.receive).bytes == [1, 2, 3])
  }
}

private func expectRefusal(inPlaceOf form: SendForm) throws(IOError) {
  var pair = try UDPPair(isConnected: true)
  let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
  var loop = try Loop(watching: &pair.first, token: 1, interests: .readable)
  try loop.expectQuiet()
  pair.second = try UDPSocket(bindingTo: anyPort)
  #expect(try form(pair.first, [1], to: to) == 1)
  // The refusal has come when the poll says something.
  try loop.run { (events: borrowing Events) in !events.isEmpty }
  pair.second = try UDPSocket(bindingTo: to)
  expectError(.connectionRefused) { () throws(IOError) in try form(pair.first, [2], to: to) }
  #expect(try form(pair.first, [3], to: to) == 1)
  #expect(try pair.second.receiveWhenReady() == ReceivedBytes(bytes: [3], source: from))
  pair.second.expectNothingToReceive()
}

import MetalCore
import Testing

@Suite("UDP: datagrams", .backend)
struct UDPDatagramTests {
  @Test(
    "Every form of sending makes one datagram of all its bytes, on IPv4 and IPv6",
    arguments: SendForm.allCases,
    [anyPort, anyPortV6])
  func sends(form: SendForm, address: SocketAddress) throws(IOError) {
    let pair = try UDPPair(address, isConnected: !form.namesDestination)
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    for count in [1, 2, 7, 1400] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      #expect(try form(pair.first, bytes, to: to) == count)
      let datagram = try pair.second.receiveWhenReady(atMost: 2048)
      #expect(datagram == ReceivedBytes(bytes: bytes, source: from))
      pair.second.expectNothingToReceive()
    }
  }

  @Test(
    "Every form of receiving returns one datagram, in order, and does not run into the next",
    arguments: ReceiveForm.taking, [anyPort, anyPortV6])
  func receives(form: ReceiveForm, address: SocketAddress) throws(IOError) {
    let pair = try UDPPair(address)
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    let sent: [[UInt8]] = [[1], [2, 2, 2], [3, 3], [4, 4, 4, 4, 4, 4, 4, 4]]
    for bytes in sent { #expect(try pair.first.send(bytes.span, to: to) == bytes.count) }
    for bytes in sent {
      let expected = ReceivedBytes(bytes: bytes, source: from)
      // The buffers have exactly as much room as the longest has bytes.
      #expect(try pair.second.receiveWhenReady(form, atMost: 8) == expected)
    }
    #expect(try form(pair.second, atMost: 8) == nil)
  }

  @Test("Every form of peeking leaves the datagram for others to take", arguments: ReceiveForm.peeking)
  func peeks(form: ReceiveForm) throws(IOError) {
    let pair = try UDPPair()
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    #expect(try pair.first.send([1, 2, 3].span, to: to) == 3)
    #expect(try pair.first.send([4].span, to: to) == 1)
    let expected = ReceivedBytes(bytes: [1, 2, 3], source: from)
    for _ in 0..<3 { #expect(try pair.second.receiveWhenReady(form) == expected) }
    // What a peek cuts off is still there.
    let cut = ReceivedBytes(bytes: [1, 2], isTruncated: true, source: expected.source)
    #expect(try form(pair.second, atMost: 2) == cut)
    #expect(try pair.second.receiveNow(.receive).bytes == [1, 2, 3])
    #expect(try pair.second.receiveNow(form).bytes == [4])
    #expect(try pair.second.receiveNow(.receive).bytes == [4])
    #expect(try form(pair.second, atMost: 8) == nil)
  }

  @Test(
    "A datagram that is longer than the buffers is cut off and says so; the rest of it is lost",
    arguments: ReceiveForm.taking)
  func truncates(form: ReceiveForm) throws(IOError) {
    let pair = try UDPPair()
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    for room in [0, 1, 4, 5, 6] {
      #expect(try pair.first.send([1, 2, 3, 4, 5].span, to: to) == 5)
      #expect(try pair.first.send([9].span, to: to) == 1)
      let datagram = try pair.second.receiveWhenReady(form, atMost: room)
      let bytes = ([1, 2, 3, 4, 5] as [UInt8]).prefix(room)
      #expect(datagram == ReceivedBytes(bytes: Array(bytes), isTruncated: room < 5, source: from))
      let next = try pair.second.receiveWhenReady(form, atMost: 6)
      #expect(next == ReceivedBytes(bytes: [9], source: from))
      #expect(try form(pair.second, atMost: 6) == nil)
    }
  }

  @Test("UDP-26 An empty datagram is sent in every form", arguments: SendForm.allCases)
  func sendsNothing(form: SendForm) throws(IOError) {
    let pair = try UDPPair(isConnected: !form.namesDestination)
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    #expect(try form(pair.first, [], to: to) == 0)
    #expect(try pair.second.receiveWhenReady() == ReceivedBytes(bytes: [], source: from))
    pair.second.expectNothingToReceive()
  }

  @Test("UDP-26 A vector without buffers is an empty datagram")
  func sendsNoBuffers() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    var storage = IOVectorStorage<1>()
    let count = try pair.first.send(storage.makeVector())
    #expect(count == 0)
    #expect(try pair.second.receiveWhenReady() == ReceivedBytes(bytes: [], source: from))
    if Backend.sendsElsewhereWhenConnected {
      let count = try pair.first.send(storage.makeVector(), to: to)
      #expect(count == 0)
      #expect(try pair.second.receiveWhenReady() == ReceivedBytes(bytes: [], source: from))
    }
  }

  @Test(
    "An empty datagram is readable, and received as 0 bytes, which is not the end of anything",
    arguments: ReceiveForm.taking, [0, 16])
  func receivesNothing(form: ReceiveForm, room: Int) throws(IOError) {
    var pair = try UDPPair()
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    var loop = try Loop(watching: &pair.second, token: 1, interests: .readable)
    for _ in 0..<2 {
      #expect(try SendForm.toAddress(pair.first, [], to: to) == 0)
      let events = try loop.expect(1, .readable)
      #expect(events.allSatisfy { !$0.isReadClosed && !$0.isError }, "\(events)")
      let expected = ReceivedBytes(bytes: [], source: from)
      #expect(try pair.second.receiveNow(.peek) == expected)
      #expect(try form(pair.second, atMost: room) == expected)
      #expect(try form(pair.second, atMost: room) == nil)
    }
    #expect(try pair.first.send([1].span, to: to) == 1)
    try loop.expect(1, .readable)
    #expect(try pair.second.receiveNow(.receive).bytes == [1])
  }

  @Test("The largest datagram of IPv4 goes through; one byte more is refused, in every form")
  func largest() throws(IOError) {
    let largest = 65_535 - 20 - 8
    // macOS and the BSDs send, and FreeBSD keeps, less than that unless asked for more.
    let pair = try UDPPair(isConnected: true, options: [.sendBufferSize(2 * largest), .receiveBufferSize(2 * largest)])
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    let other = try UDPSocket(bindingTo: anyPort)
    let bytes = [UInt8](repeating: 0x5A, count: largest + 1)
    for form in SendForm.allCases {
      expectError(.messageTooLong) { () throws(IOError) in
        form.namesDestination ? try form(other, bytes, to: to) : try form(pair.first, bytes, to: to)
      }
    }
    pair.second.expectNothingToReceive()
    #expect(try pair.first.send(bytes.span.extracting(..<largest)) == largest)
    let datagram = try pair.second.receiveWhenReady(atMost: largest + 1)
    #expect(datagram == ReceivedBytes(bytes: Array(bytes[..<largest]), source: from))
  }

  @Test(
    "A connected socket is told once that nobody is at its peer's port, and works on",
    .enabled(if: !Backend.isWine, "Wine 8 does not report refused datagrams."))
  func refusal() throws(IOError) {
    // The port is held by a socket that takes packets from nobody but itself.
    let holder = try UDPSocket(bindingTo: anyPort)
    try holder.connect(to: try holder.localAddress)
    var socket = try UDPSocket(bindingTo: anyPort)
    try socket.connect(to: try holder.localAddress)
    var loop = try Loop(watching: &socket, token: 1, interests: .readable)
    for form in ReceiveForm.taking {
      #expect(try socket.send([1].span) == 1)
      let batch = try loop.firstEvents()
      #expect(!batch.isEmpty && batch.allSatisfy { $0.token == 1 }, "\(batch)")
      expectError(.connectionRefused) { () throws(IOError) in _ = try form(socket, atMost: 8) }
      socket.expectNothingToReceive()
    }
    guard Backend.refusalsFailEveryCall else { return }
    #expect(try socket.send([1].span) == 1)
    let batch = try loop.firstEvents()
    #expect(!batch.isEmpty)
    #expect(try socket.takePendingError()?.kind == .connectionRefused)
    #expect(try socket.takePendingError() == nil)
  }

  @Test("Port 0 gives each socket a port of its own; a port that is held is refused")
  func ports() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        let pair = try UDPPair()
        let address = try pair.first.localAddress
        #expect(try address != pair.second.localAddress)
        expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: address) }
        try pair.first.close()
        let again = try UDPSocket(bindingTo: address)
        #expect(try again.localAddress == address)
        // 203.0.113.0/24 is set aside for documentation: RFC 5737. Wine 8 binds a UDP socket to any address.
        if Backend.isWine { return }
        expectError(.addressNotAvailable) { () throws(IOError) in
          try UDPSocket(bindingTo: SocketAddress(IPv4Address(203, 0, 113, 1), port: 0))
        }
      }
    }
  }
}

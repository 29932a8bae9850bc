import MetalCore
import Testing

@Suite("UDP: sending and receiving", .backend)
struct UDPExchangeTests {
  @Test("UDP-01 Two sockets on 127.0.0.1 exchange datagrams, and each is told the other's address")
  func exchangesV4() throws(IOError) {
    let pair = try UDPPair()
    try expectLoopbackExchange(pair.first, pair.second, isConnected: false)
  }

  @Test("UDP-02 Two sockets on [::1] exchange datagrams, and each is told the other's address")
  func exchangesV6() throws(IOError) {
    let pair = try UDPPair(anyPortV6)
    try expectLoopbackExchange(pair.first, pair.second, isConnected: false)
  }

  @Test("UDP-03 A connected pair exchanges datagrams without addresses", arguments: [anyPort, anyPortV6])
  func exchangesConnected(address: SocketAddress) throws(IOError) {
    let pair = try UDPPair(address, isConnected: true)
    try expectLoopbackExchange(pair.first, pair.second, isConnected: true)
  }

  @Test("UDP-10 A socket that is connected anew sends to its new peer", arguments: [anyPort, anyPortV6])
  func connectsAnew(address: SocketAddress) throws(IOError) {
    let sender = try UDPSocket(bindingTo: address)
    let receivers = try UDPPair(address)
    let from = try sender.localAddress
    for round: UInt8 in 1...2 {
      try sender.connect(to: try receivers.first.localAddress)
      #expect(try sender.send([round].span) == 1)
      #expect(try receivers.first.receiveWhenReady() == ReceivedBytes(bytes: [round], source: from))
      receivers.second.expectNothingToReceive()
      try sender.connect(to: try receivers.second.localAddress)
      #expect(try sender.peerAddress == receivers.second.localAddress)
      #expect(try sender.send([round, round].span) == 2)
      #expect(try receivers.second.receiveWhenReady() == ReceivedBytes(bytes: [round, round], source: from))
      receivers.first.expectNothingToReceive()
    }
    #expect(try sender.takePendingError() == nil)
    #expect(try receivers.first.takePendingError() == nil)
    #expect(try receivers.second.takePendingError() == nil)
  }

  @Test("UDP-11 Without a peer, sending needs a destination; receiving and peeking need none")
  func needsDestination() throws(IOError) {
    let pair = try UDPPair()
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    for form in SendForm.peer {
      expectError(.destinationAddressRequired) { () throws(IOError) in try form(pair.first, [1, 2], to: to) }
    }
    for form in SendForm.address {
      #expect(try form(pair.first, [1, 2], to: to) == 2)
      let expected = ReceivedBytes(bytes: [1, 2], source: from)
      #expect(try pair.second.receiveWhenReady(.peek) == expected)
      #expect(try pair.second.receiveNow(.receive) == expected)
      pair.second.expectNothingToReceive()
    }
    #expect(try pair.first.takePendingError() == nil)
    #expect(try pair.second.takePendingError() == nil)
  }

  @Test("UDP-12 A connected socket names the source of what it receives and peeks")
  func namesSourceWhenConnected() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    let from = try pair.first.localAddress
    for (index, form) in ReceiveForm.taking.enumerated() {
      #expect(try pair.first.send([9, UInt8(index)].span) == 2)
      let expected = ReceivedBytes(bytes: [9, UInt8(index)], source: from)
      #expect(try pair.second.receiveWhenReady(.peek) == expected)
      #expect(try pair.second.receiveNow(.peekVector) == expected)
      #expect(try pair.second.receiveNow(form) == expected)
      pair.second.expectNothingToReceive()
    }
  }

  @Test("UDP-12 A connected socket sends to other destinations, or says that it has a peer already")
  func sendsElsewhereWhenConnected() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    let other = try UDPSocket(bindingTo: anyPort)
    let (from, to) = try (pair.first.localAddress, other.localAddress)
    for form in SendForm.address {
      if Backend.sendsElsewhereWhenConnected {
        #expect(try form(pair.first, [3], to: to) == 1)
        #expect(try other.receiveWhenReady() == ReceivedBytes(bytes: [3], source: from))
      } else {
        expectError(.alreadyConnected) { () throws(IOError) in try form(pair.first, [3], to: to) }
      }
    }
    // The peer is the same as before, and received nothing of this.
    pair.second.expectNothingToReceive()
    #expect(try pair.first.peerAddress == pair.second.localAddress)
    #expect(try pair.first.send([4].span) == 1)
    #expect(try pair.second.receiveWhenReady(.receive).bytes == [4])
  }

  @Test("UDP-14 A loop sends when told writable and another receives once", arguments: [false, true])
  func loops(isConnected: Bool) throws(IOError) {
    var pair = try UDPPair(isConnected: isConnected)
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    var loop = try Loop(watching: &pair.first, token: 1, interests: .writable)
    try loop.registry.register(&pair.second, token: 2, interests: .readable)
    pair.second.expectNothingToReceive()
    let message: [UInt8] = Array("hello from the sender".utf8)
    var received: [ReceivedBytes<SocketAddress>] = []
    var isSent = false
    try loop.run { (batch: borrowing Events) throws(IOError) in
      for index in batch.indices {
        let event = batch[index]
        if event.token == 1, event.isWritable, !isSent {
          let send: SendForm = isConnected ? .toPeer : .toAddress
          isSent = try send(pair.first, message, to: to) == message.count
        }
        if event.token == 2, event.isReadable,
          let datagram = try ReceiveForm.receive(pair.second, atMost: 64)
        {
          received.append(datagram)
        }
      }
      return !received.isEmpty
    }
    #expect(isSent)
    #expect(received == [ReceivedBytes(bytes: message, source: from)])
    pair.second.expectNothingToReceive()
  }

  @Test("UDP-15 A connected socket does not see an outsider's packets, and is not told of them")
  func ignoresOutsiders() throws(IOError) {
    var pair = try UDPPair(isConnected: true)
    let outsider = try UDPSocket(bindingTo: anyPort)
    var loop = try Loop(watching: &pair.second, token: 1, interests: [.readable, .writable])
    let to = try pair.second.localAddress
    for _ in 0..<3 { #expect(try outsider.send([6, 6, 6].span, to: to) == 3) }
    let end = now() + .milliseconds(500)
    var events: [Event] = []
    while case let rest = end - now(), rest > .zero { events += try loop.wait(rest) }
    #expect(events.allSatisfy { $0.token == 1 && !$0.isReadable }, "\(events)")
    pair.second.expectNothingToReceive()
    // The peer's packets arrive all the same.
    #expect(try pair.first.send([1].span) == 1)
    try loop.expect(1, .readable)
    #expect(try pair.second.receiveNow(.receive).bytes == [1])
    pair.second.expectNothingToReceive()
  }

  @Test("UDP-16 Two threads send through one socket at the same time")
  func isShared() throws(IOError) {
    requireSendable(UDPSocket.self)
    let sender = Shared(try UDPSocket(bindingTo: anyPort))
    let receiver = try UDPSocket(bindingTo: anyPort)
    let (from, to) = try (sender.value.localAddress, receiver.localAddress)
    try meanwhile {
      for number: UInt8 in 0..<50 {
        recordingErrors { () throws(IOError) in try sendFully([1, number], from: sender.value, to: to) }
      }
    } _: { () throws(IOError) in
      for number: UInt8 in 0..<50 { try sendFully([2, number], from: sender.value, to: to) }
    }
    var numbers: [UInt8: [UInt8]] = [:]
    for _ in 0..<100 {
      let datagram = try receiver.receiveWhenReady()
      #expect(datagram.source == from && datagram.bytes.count == 2)
      numbers[datagram.bytes[0], default: []].append(datagram.bytes[1])
    }
    // Whatever the order between the threads, each one's datagrams are in its own.
    #expect(numbers == [1: Array(0..<50), 2: Array(0..<50)])
    receiver.expectNothingToReceive()
  }

  /// Sends a datagram, and tries again while the send would block because another thread sends a datagram.
  private func sendFully(_ bytes: [UInt8], from socket: borrowing UDPSocket, to address: SocketAddress) throws(IOError)
  {
    while try socket.send(bytes.span, to: address) == nil {}
  }

  @Test("UDP-16 A socket moves to another thread, receives there, and comes back")
  func isMoved() throws(IOError) {
    let sender = try UDPSocket(bindingTo: anyPort)
    let receiver = try UDPSocket(bindingTo: anyPort)
    let to = try receiver.localAddress
    let handoff = Handoff<UDPSocket>()
    handoff.put(receiver)
    try meanwhile {
      recordingErrors { () throws(IOError) in
        let socket = try handoff.taken()
        let datagram = try socket.receiveWhenReady()
        #expect(datagram.bytes == [1, 2])
        _ = try socket.send([3].span, to: datagram.source)
        handoff.put(socket)
      }
    } _: { () throws(IOError) in
      _ = try sender.send([1, 2].span, to: to)
    }
    #expect(try sender.receiveWhenReady() == ReceivedBytes(bytes: [3], source: to))
    let back = try handoff.taken()
    #expect(try back.localAddress == to)
  }

  @Test("UDP-19 There is no peer address before connecting; afterwards it is the address given")
  func peerAddress() throws(IOError) {
    for address in [anyPort, anyPortV6] {
      let pair = try UDPPair(address)
      expectError(.notConnected) { () throws(IOError) in try pair.first.peerAddress }
      try pair.first.connect(to: try pair.second.localAddress)
      #expect(try pair.first.peerAddress == pair.second.localAddress)
      // Only the one that connected has a peer.
      expectError(.notConnected) { () throws(IOError) in try pair.second.peerAddress }
    }
  }

  @Test("UDP-20 A healthy socket has no pending error", arguments: [anyPort, anyPortV6])
  func healthy(address: SocketAddress) throws(IOError) {
    let socket = try UDPSocket(bindingTo: address)
    #expect(try socket.takePendingError() == nil)
    try socket.connect(to: try socket.localAddress)
    #expect(try socket.send([1].span) == 1)
    #expect(try socket.receiveWhenReady().bytes == [1])
    #expect(try socket.takePendingError() == nil)
  }
}

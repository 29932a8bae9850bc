import MetalCore
import Testing

@Suite("TCP: listeners", .backend)
struct TCPListenerTests {
  @Test("TCP-01 A listener on 127.0.0.1 accepts a connection that another thread makes")
  func acceptsOverIPv4() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    #expect(try listener.localAddress.isIPv4)
    try expectAcceptance(by: listener)
  }

  @Test("TCP-02 A listener on [::1] accepts a connection that another thread makes")
  func acceptsOverIPv6() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPortV6)
    #expect(try listener.localAddress.isIPv6)
    try expectAcceptance(by: listener)
  }

  @Test("TCP-04 A listener's hop limit can be read, and set", arguments: [anyPort, anyPortV6])
  func hopLimit(address: SocketAddress) throws(IOError) {
    let listener = try TCPListener(bindingTo: address)
    let initial = try listener.option(.hopLimit)
    #expect((1...255).contains(initial))
    try listener.setOption(.hopLimit, to: 10)
    #expect(try listener.option(.hopLimit) == 10)
    #expect(try listener.takePendingError() == nil)
  }

  @Test("TCP-06 In a loop with a listener alone, every event before the accept is the listener's, and readable")
  func loopWithAListenerAlone() throws(IOError) {
    var listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop(watching: &listener, token: 17, interests: .readable)
    let address = try listener.localAddress
    let connected = Handoff<TCPStream>()
    let events = try meanwhile({
      recordingErrors { () throws(IOError) in connected.put(try TCPStream(connectingTo: address)) }
    }) { () throws(IOError) in
      try loop.expect(17, .readable)
    }
    for event in events {
      #expect(event.token == 17)
      #expect(event.isReadable)
    }
    let accepted = try ready(listener.accept())
    #expect(accepted.peerAddress.isLoopback)
    expectWouldBlock { () throws(IOError) in try listener.accept() }
    withExtendedLifetime(connected) {}
  }

  @Test("TCP-07 An address that another listener holds is in use", arguments: [anyPort, anyPortV6])
  func addressInUse(address: SocketAddress) throws(IOError) {
    let first = try TCPListener(bindingTo: address)
    let taken = try first.localAddress
    expectError(.addressInUse) { () throws(IOError) in try TCPListener(bindingTo: taken) }
    // The first one is none the worse for it.
    let client = try TCPStream(connectingTo: taken)
    let accepted = try first.acceptWhenReady()
    #expect(try accepted.peerAddress == client.localAddress)
  }

  @Test("TCP-08 A port with recently closed connections can be bound again at once")
  func addressReuse() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        let listener = try TCPListener(bindingTo: anyPort)
        let address = try listener.localAddress
        let client = try TCPStream(connectingTo: address)
        let accepted = try listener.acceptWhenReady()
        // The accepted end finishes first, so the system remembers the connection under the listener's port.
        try accepted.stream.close()
        #expect(try client.readFully(1) == [])
        try client.close()
        try listener.close()
        let again = try TCPListener(bindingTo: address)
        #expect(try again.localAddress == address)
      }
    }
  }

  @Test("TCP-09 A listener and a stream are used by two threads at once")
  func sharing() throws(IOError) {
    requireSendable(TCPListener.self)
    requireSendable(TCPStream.self)
    let listener = Shared(try TCPListener(bindingTo: anyPort))
    let address = try listener.value.localAddress
    let client = Shared(try TCPStream(connectingTo: address))
    let accepted = try listener.value.acceptWhenReady()
    let server = accepted.stream
    try server.writeFully([1, 2, 3])
    let late = try TCPStream(connectingTo: address)
    let other = Handoff<TCPStream>()
    try meanwhile({
      recordingErrors { () throws(IOError) in
        let moved = try client.value.write([4, 5].span)
        #expect(moved == 2)
        if let accepted = try listener.value.accept() { other.put(accepted.stream) }
      }
    }) { () throws(IOError) in
      #expect(try client.value.readFully(3) == [1, 2, 3])
      #expect(try listener.value.localAddress == address)
    }
    #expect(try server.readFully(2) == [4, 5])
    let second = try other.taken()
    #expect(try second.peerAddress == late.localAddress)
  }

  @Test("TCP-10 A listener that is registered for both directions is never reported as writable")
  func neverWritable() throws(IOError) {
    var listener = try TCPListener(bindingTo: anyPort)
    var loop = try Loop(watching: &listener, token: 1, interests: [.readable, .writable])
    try loop.expectQuiet()
    let client = try TCPStream(connectingTo: try listener.localAddress)
    var events = try loop.expect(1, .readable)
    let accepted = try ready(listener.accept())
    events += try loop.wait(.milliseconds(50))
    #expect(!events.contains { $0.isWritable })
    #expect(try accepted.peerAddress == client.localAddress)
  }
}

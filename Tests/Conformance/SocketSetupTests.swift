import MetalCore
import Testing

@Suite("Socket options of listeners and streams", .backend)
struct SocketSetupTests {
  @Test("A stream lingers as was asked for before it connected, in whole seconds rounded up")
  func linger() throws {
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    let cases: [(Duration?, Duration?)] = [
      (nil, nil), (.zero, .zero), (.seconds(5), .seconds(5)), (.milliseconds(1500), .seconds(2)),
      (.seconds(327), .seconds(327)),
    ]
    for (given, expected) in cases {
      var options = SocketOptions()
      options.linger = given
      let stream = try TCPStream(connectingTo: address, options: options)
      #expect(try stream.linger == expected)
      let other = try TCPListener(bindingTo: anyPort, options: options)
      let linger = try other.perform { descriptor throws(IOError) in
        try RawOperation<Selector.K>.linger(of: descriptor)
      }
      #expect(linger == expected)
    }
  }

  @Test(
    "TCP-36 A negative linger, and one beyond 327 s, is invalid", arguments: SocketWithOptions.allCases,
    [.seconds(-1), .nanoseconds(-1), .seconds(328), .seconds(1 << 33), .seconds(Int64.max)] as [Duration])
  func invalidLinger(kind: SocketWithOptions, linger: Duration) {
    var options = SocketOptions()
    options.linger = linger
    expectError(.invalidInput) { () throws(IOError) in try kind.value(of: .reuseAddress, with: options) }
  }

  @Test("A stream that lingers for no time at all resets the connection when it is closed")
  func lingerResets() throws {
    let listener = try TCPListener(bindingTo: anyPort)
    var options = SocketOptions()
    options.linger = .zero
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
    let accepted = try listener.acceptWhenReady()
    try stream.close()
    expectError(.connectionReset) { () throws(IOError) in try accepted.stream.readFully(1) }
  }

  @Test(
    "A stream is bound to the local address of its options before it connects",
    arguments: [anyPort, anyPortV6])
  func localAddress(address: SocketAddress) throws {
    // The port is held by a listener that shares it.
    var sharing = SocketOptions()
    sharing.reusePort = true
    let holder = try TCPListener(bindingTo: address, options: sharing)
    let listener = try TCPListener(bindingTo: address)
    var options = sharing
    options.localAddress = try holder.localAddress
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
    #expect(try stream.localAddress == holder.localAddress)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.peerAddress == holder.localAddress)
    #expect(try accepted.stream.peerAddress == holder.localAddress)
    // Reset, so that the port is not occupied for a minute.
    try stream.setLinger(.zero)
  }

  @Test(
    "TCP-38 A local address with port 0 lets the system choose the port", arguments: [anyPort, anyPortV6])
  func localAddressWithoutPort(address: SocketAddress) throws {
    let listener = try TCPListener(bindingTo: address)
    var options = SocketOptions()
    options.localAddress = address
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
    #expect(try stream.localAddress.isLoopback)
    #expect(try stream.localAddress.port != 0)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.peerAddress == stream.localAddress)
  }

  @Test("A local address that is taken, or not of this machine, is refused")
  func refusedLocalAddress() throws {
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    var options = SocketOptions()
    options.localAddress = address
    expectError(.addressInUse) { () throws(IOError) in try TCPStream(connectingTo: address, options: options)
    }
    // 203.0.113.0/24 is set aside for documentation: RFC 5737.
    options.localAddress = SocketAddress(IPv4Address(203, 0, 113, 1), port: 0)
    expectError(.addressNotAvailable) { () throws(IOError) in
      try TCPStream(connectingTo: address, options: options)
    }
    // Neither attempt reached the listener.
    expectWouldBlock { () throws(IOError) in try listener.accept() }
  }

  @Test("The local address of the options concerns streams alone: others are told theirs by name")
  func localAddressElsewhere() throws {
    var options = SocketOptions()
    options.localAddress = SocketAddress(IPv4Address(203, 0, 113, 1), port: 9)
    let listener = try TCPListener(bindingTo: anyPort, options: options)
    #expect(try listener.localAddress.isLoopback)
    let socket = try UDPSocket(bindingTo: anyPort, options: options)
    #expect(try socket.localAddress.isLoopback)
  }

  @Test(
    "An IPv6 listener accepts IPv4 connections under mapped addresses, if it was asked not to be for IPv6 only"
  )
  func dualStackListener() throws {
    var options = SocketOptions()
    options.onlyV6 = false
    let everywhere = SocketAddress(IPv6Address.any, port: 0)
    let listener = try TCPListener(bindingTo: everywhere, options: options)
    let port = try listener.localAddress.port
    let client = try TCPStream(connectingTo: SocketAddress(IPv4Address.loopback, port: port))
    let accepted = try listener.acceptWhenReady()
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: try client.localAddress.port)
    #expect(accepted.peerAddress == mapped)
    for isOnlyV6 in [false, true] {
      options.onlyV6 = isOnlyV6
      for kind in [.listener, .udp] as [SocketWithOptions] {
        #expect(try (kind.value(of: .onlyV6, with: options, everywhere) != 0) == isOnlyV6)
      }
    }
  }

  @Test(
    "An IPv4 socket cannot be for IPv6 only, nor be asked not to be", arguments: SocketWithOptions.allCases,
    [false, true])
  func onlyV6OnIPv4(kind: SocketWithOptions, isOnlyV6: Bool) {
    var options = SocketOptions()
    options.onlyV6 = isOnlyV6
    expectError(.unsupported) { () throws(IOError) in try kind.value(of: .reuseAddress, with: options) }
  }

  @Test("A listener with the smallest backlog, or one beyond all limits, accepts", arguments: [0, 1, .max])
  func backlog(backlog: Int) throws {
    var options = SocketOptions()
    options.backlog = backlog
    let listener = try TCPListener(bindingTo: anyPort, options: options)
    for _ in 0..<3 {
      let client = try TCPStream(connectingTo: try listener.localAddress)
      let accepted = try listener.acceptWhenReady()
      #expect(try accepted.peerAddress == client.localAddress)
    }
    // It concerns listeners alone.
    _ = try SocketWithOptions.udp.value(of: .reuseAddress, with: options)
    _ = try SocketWithOptions.stream.value(of: .reuseAddress, with: options)
  }
}

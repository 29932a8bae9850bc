import MetalCore
import Testing

private typealias Settings = SocketWithOptions.Settings

@Suite("Socket options of listeners and streams", .backend)
struct SocketSetupTests {
  @Test("A stream lingers as was asked for before it connected, in whole seconds rounded up")
  func linger() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    let cases: [(Duration?, Duration?)] = [
      (nil, nil), (.zero, .zero), (.seconds(5), .seconds(5)), (.milliseconds(1500), .seconds(2)),
      (.seconds(327), .seconds(327)),
    ]
    for (given, expected) in cases {
      let stream = try TCPStream(connectingTo: address, options: [.linger(given)])
      #expect(try stream.option(.linger) == expected)
      let other = try TCPListener(bindingTo: anyPort, options: [.linger(given)])
      #expect(try other.option(.linger) == expected)
    }
  }

  @Test(
    "TCP-36 A negative linger, and one beyond 327 s, is invalid",
    arguments: [.listener, .stream] as [SocketWithOptions],
    [.seconds(-1), .nanoseconds(-1), .seconds(328), .seconds(1 << 33 as Int64), .seconds(Int64.max)] as [Duration])
  func invalidLinger(kind: SocketWithOptions, linger: Duration) {
    expectError(.invalidInput) { () throws(IOError) in
      try kind.value(of: .reuseAddress, with: Settings(stream: [.linger(linger)]))
    }
  }

  @Test(
    "A stream that lingers for no time at all resets the connection when it is closed",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."))
  func lingerResets() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: [.linger(.zero)])
    let accepted = try listener.acceptWhenReady()
    try stream.close()
    expectError(.connectionReset) { () throws(IOError) in try accepted.stream.readFully(1) }
  }

  @Test(
    "A stream is bound to its local address, with its options, before it connects",
    .enabled(if: Backend.sharesPorts), arguments: [anyPort, anyPortV6])
  func localAddress(address: SocketAddress) throws(IOError) {
    // The port is held by a listener that shares it.
    let holder = try TCPListener(bindingTo: address, options: [.reusePort(true)])
    let listener = try TCPListener(bindingTo: address)
    let stream = try TCPStream(
      connectingTo: try listener.localAddress, from: try holder.localAddress, options: [.reusePort(true)])
    #expect(try stream.localAddress == holder.localAddress)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.peerAddress == holder.localAddress)
    #expect(try accepted.stream.peerAddress == holder.localAddress)
    // Reset, so that the port is not occupied for a minute.
    try stream.setOption(.linger, to: .zero)
  }

  @Test("TCP-38 A local address with port 0 lets the system choose the port", arguments: [anyPort, anyPortV6])
  func localAddressWithoutPort(address: SocketAddress) throws(IOError) {
    let listener = try TCPListener(bindingTo: address)
    let stream = try TCPStream(connectingTo: try listener.localAddress, from: address)
    #expect(try stream.localAddress.isLoopback)
    #expect(try stream.localAddress.port != 0)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.peerAddress == stream.localAddress)
  }

  @Test("A local address that is taken, or not of this machine, is refused")
  func refusedLocalAddress() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    expectError(.addressInUse) { () throws(IOError) in try TCPStream(connectingTo: address, from: address) }
    // 203.0.113.0/24 is set aside for documentation: RFC 5737.
    let foreign = SocketAddress(IPv4Address(203, 0, 113, 1), port: 0)
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPStream(connectingTo: address, from: foreign) }
    // Neither attempt reached the listener.
    expectWouldBlock { () throws(IOError) in try listener.accept() }
  }

  @Test("An IPv6 listener accepts IPv4 connections under mapped addresses, if it was asked not to be for IPv6 only")
  func dualStackListener() throws(IOError) {
    let everywhere = SocketAddress(IPv6Address.unspecified, port: 0)
    let listener = try TCPListener(bindingTo: everywhere, options: [.ipv6Only(false)])
    let port = try listener.localAddress.port
    let client = try TCPStream(connectingTo: SocketAddress(IPv4Address.loopback, port: port))
    let accepted = try listener.acceptWhenReady()
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: try client.localAddress.port)
    #expect(accepted.peerAddress == mapped)
    for isOn in [false, true] {
      let settings = Settings(stream: [.ipv6Only(isOn)], datagram: [.ipv6Only(isOn)])
      for kind in [.listener, .udp] as [SocketWithOptions] {
        #expect(try (kind.value(of: .ipv6Only, with: settings, everywhere) != 0) == isOn)
      }
    }
  }

  @Test(
    "An IPv4 socket cannot be for IPv6 only, nor be asked not to be",
    .enabled(if: !Backend.isWine, "Wine 8 accepts IPv6 options on an IPv4 socket."),
    arguments: SocketWithOptions.allCases,
    [false, true])
  func ipv6OnlyOnIPv4(kind: SocketWithOptions, isOn: Bool) {
    let settings = Settings(stream: [.ipv6Only(isOn)], datagram: [.ipv6Only(isOn)])
    expectError(.unsupported) { () throws(IOError) in try kind.value(of: .reuseAddress, with: settings) }
  }

  @Test("TCP-42 A listener with the smallest backlog, or one beyond all limits, accepts", arguments: [0, 1, .max])
  func backlog(backlog: Int) throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort, backlog: backlog)
    for _ in 0..<3 {
      let client = try TCPStream(connectingTo: try listener.localAddress)
      let accepted = try listener.acceptWhenReady()
      #expect(try accepted.peerAddress == client.localAddress)
    }
  }

  @Test("A negative backlog is invalid")
  func invalidBacklog() {
    expectError(.invalidInput) { () throws(IOError) in try TCPListener(bindingTo: anyPort, backlog: -1) }
  }
}

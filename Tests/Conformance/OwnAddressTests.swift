import MetalCore
import Testing

// A program's own type of address does no harm: its values are one of the two forms that a kernel knows.

@Suite("TCP, UDP: addresses of a program's own type", .backend)
struct OwnAddressTests {
  @Test("TCP-41 A listener and a stream of an own type of address connect, and name each other")
  func streams() throws(IOError) {
    let listener = try ListeningSocket<Selector, Labelled>(
      adopting: TCPListener(bindingTo: anyPort).releaseDescriptor())
    let address = try listener.localAddress
    let client = try TCPStream(connectingTo: address.base)
    let accepted = try listener.acceptWhenReady()
    #expect(try accepted.peerAddress.base == client.localAddress)
    #expect(try accepted.stream.peerAddress.base == client.localAddress)
    try client.writeFully([1, 2])
    #expect(try accepted.stream.readFully(2) == [1, 2])
  }

  @Test("TCP-41 A connection whose address the type refuses is closed, and accepting throws")
  func refused() throws(IOError) {
    let tcp = try TCPListener(bindingTo: anyPort)
    let address = try tcp.localAddress
    let listener = ListeningSocket<Selector, Refusing>(adopting: tcp.releaseDescriptor())
    let client = try TCPStream(connectingTo: address)
    expectError(.unsupported) { () throws(IOError) in
      _ = try listener.acceptWhenReady()
    }
    #expect(try client.readFully(1) == [])
    expectError(.unsupported) { () throws(IOError) in _ = try listener.localAddress }
  }

  @Test("UDP-24 A datagram is received even if the type refuses the address of its source, which stays unspecified")
  func datagrams() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    let receiver = DatagramSocket<Selector, Refusing>(adopting: pair.second.releaseDescriptor())
    #expect(try pair.first.send([1, 2].span) == 2)
    var buffer: [UInt8] = [0, 0, 0]
    var datagram: ReceivedDatagram<Refusing>?
    for _ in 0..<200 where datagram == nil {
      datagram = try receiver.receive(into: buffer.mutableSpan)
      if datagram == nil { try pause(.milliseconds(10)) }
    }
    #expect(datagram?.count == 2 && datagram?.source == .unspecified)
    #expect(try receiver.receive(into: buffer.mutableSpan) == nil)
  }
}

/// An Internet address with something beside it.
private struct Labelled: EndpointAddress {
  let base: SocketAddress
  var label = 0

  static var isInternet: Bool { true }
  static var unspecified: Self { Self(base: .unspecified) }
  var family: SocketFamily { base.family }
  var erased: AnyEndpointAddress { base.erased }

  init(base: SocketAddress) { self.base = base }

  init?(_ erased: AnyEndpointAddress) {
    guard let base = SocketAddress(erased) else { return nil }
    self.init(base: base)
  }
}

/// An Internet address that takes none from the kernel.
private struct Refusing: EndpointAddress {
  static var isInternet: Bool { true }
  static var unspecified: Self { Self() }
  var family: SocketFamily { .ipv4 }
  var erased: AnyEndpointAddress { SocketAddress.unspecified.erased }

  init() {}
  init?(_ erased: AnyEndpointAddress) { return nil }
}

import MetalCore
import Testing

/// Two UDP sockets on the loopback interface, neither of them registered.
struct UDPPair: ~Copyable {
  var first: UDPSocket
  var second: UDPSocket

  /// Binds two sockets and, if asked, connects each to the other.
  init(
    _ address: SocketAddress = anyPort, isConnected: Bool = false,
    options: [SocketSetting<SocketKind.Datagram, SocketAddress>] = []
  ) throws(IOError) {
    let first = try UDPSocket(bindingTo: address, options: options)
    let second = try UDPSocket(bindingTo: address, options: options)
    if isConnected {
      try first.connect(to: try second.localAddress)
      try second.connect(to: try first.localAddress)
    }
    self.first = first
    self.second = second
  }
}

extension DatagramSocket where S == Selector {
  /// Receives a datagram, waiting for it on pauses; for a socket that is not registered.
  func receiveWhenReady(
    _ form: ReceiveForm = .receive, atMost count: Int = 1024
  ) throws(IOError) -> ReceivedBytes<Address> {
    for _ in 0..<200 {
      if let datagram = try form(self, atMost: count) { return datagram }
      try pause(.milliseconds(10))
    }
    throw IOError(.timedOut)
  }

  /// Receives what must be there already.
  func receiveNow(_ form: ReceiveForm = .receive, atMost count: Int = 1024) throws(IOError) -> ReceivedBytes<Address> {
    try ready(form(self, atMost: count))
  }

  /// Expects that receiving and peeking, in every form, would block.
  func expectNothingToReceive(sourceLocation: SourceLocation = #_sourceLocation) {
    for form in ReceiveForm.allCases {
      expectWouldBlock(sourceLocation: sourceLocation) { () throws(IOError) in try form(self, atMost: 16) }
    }
  }
}

/// Has two sockets do what rows UDP-01, UDP-02 and UDS-17 say, naming addresses in every call.
///
/// If they are connected to each other, they do what rows UDP-03, UDS-18 and UDS-21 say, and name no address.
func expectExchange<A>(
  _ first: consuming DatagramSocket<Selector, A>, _ second: consuming DatagramSocket<Selector, A>, isConnected: Bool
) throws(IOError) {
  let (firstAddress, secondAddress) = try (first.localAddress, second.localAddress)
  if isConnected {
    #expect(try first.peerAddress == secondAddress)
    #expect(try second.peerAddress == firstAddress)
  }
  var loop = try Loop(watching: &first, token: 1, interests: [.readable, .writable])
  try loop.registry.register(&second, token: 2, interests: [.readable, .writable])
  try loop.expectEach([1: .writable, 2: .writable])
  first.expectNothingToReceive()
  second.expectNothingToReceive()

  let send: SendForm = isConnected ? .toPeer : .toAddress
  #expect(try send(first, [1, 2, 3], to: secondAddress) == 3)
  #expect(try send(second, [4, 5, 6, 7], to: firstAddress) == 4)
  try loop.expectEach([1: .readable, 2: .readable])
  for form in [.peek, .receive] as [ReceiveForm] {
    #expect(try first.receiveNow(form) == ReceivedBytes(bytes: [4, 5, 6, 7], source: secondAddress))
    #expect(try second.receiveNow(form) == ReceivedBytes(bytes: [1, 2, 3], source: firstAddress))
  }
  first.expectNothingToReceive()
  second.expectNothingToReceive()
  #expect(try first.takePendingError() == nil)
  #expect(try second.takePendingError() == nil)
}

/// Has two UDP sockets exchange datagrams, each at a port of its own on the loopback interface.
func expectLoopbackExchange(_ first: consuming UDPSocket, _ second: consuming UDPSocket, isConnected: Bool)
  throws(IOError)
{
  let addresses = try [first.localAddress, second.localAddress]
  #expect(addresses.allSatisfy { $0.isLoopback && $0.port != 0 } && addresses[0].port != addresses[1].port)
  try expectExchange(first, second, isConnected: isConnected)
}

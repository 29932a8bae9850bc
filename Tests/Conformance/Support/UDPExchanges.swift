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
  func receiveNow(
    _ form: ReceiveForm = .receive, atMost count: Int = 1024
  ) throws(IOError) -> ReceivedBytes<Address> {
    try ready(form(self, atMost: count))
  }

  /// Expects that receiving and peeking, in every form, would block.
  func expectNothingToReceive(sourceLocation: SourceLocation = #_sourceLocation) {
    for form in ReceiveForm.allCases {
      expectWouldBlock(sourceLocation: sourceLocation) { () throws(IOError) in try form(self, atMost: 16) }
    }
  }
}

extension Loop {
  /// Polls, at most three times 500 ms, until each token has been told its flags; other events are allowed.
  ///
  /// Returns every event that came.
  @discardableResult
  mutating func expectEach(
    _ wanted: [Token: Flags], sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) -> [Event] {
    var all: [Event] = []
    for _ in 0..<3 {
      all += try wait()
      let seen = all.reduce(into: [Token: Flags]()) { $0[$1.token, default: []].formUnion(Flags($1)) }
      if wanted.allSatisfy({ seen[$0.key, default: []].isSuperset(of: $0.value) }) { return all }
    }
    Issue.record("expected \(wanted), but got \(all)", sourceLocation: sourceLocation)
    return all
  }
}

/// Has two sockets on the loopback interface do what rows UDP-01 and UDP-02 say, naming addresses in every call.
///
/// If they are connected to each other, they do what row UDP-03 says, and name no address.
func expectExchange(_ first: consuming UDPSocket, _ second: consuming UDPSocket, isConnected: Bool) throws {
  let firstAddress = try first.localAddress
  let secondAddress = try second.localAddress
  #expect(firstAddress.isLoopback && secondAddress.isLoopback)
  #expect(firstAddress.port != 0 && secondAddress.port != 0 && firstAddress.port != secondAddress.port)
  var loop = try Loop()
  try loop.registry.register(&first, token: 1, interests: [.readable, .writable])
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

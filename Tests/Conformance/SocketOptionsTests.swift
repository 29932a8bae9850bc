import MetalCore
import Testing

private typealias Settings = SocketWithOptions.Settings

@Suite("Socket options", .backend)
struct SocketOptionsTests {
  @Test("Listeners reuse their address, and nothing else is on, unless asked", arguments: SocketWithOptions.allCases)
  func defaultsOnSockets(kind: SocketWithOptions) throws(IOError) {
    let isReusing = kind == .listener || kind == .stream && Backend.streamsReuseAddresses
    #expect(try (kind.value(of: .reuseAddress) != 0) == isReusing)
    if Backend.sharesPorts { #expect(try kind.value(of: .reusePort) == 0) }
    #expect(try kind.value(of: .keepAlive) == 0)
  }

  @Test("Reusing the address is what was asked for", arguments: SocketWithOptions.allCases, [false, true])
  func reuseAddress(kind: SocketWithOptions, isOn: Bool) throws(IOError) {
    let settings = Settings(stream: [.reuseAddress(isOn)], datagram: [.reuseAddress(isOn)])
    #expect(try (kind.value(of: .reuseAddress, with: settings) != 0) == isOn)
  }

  @Test(
    "Sockets that share a port may be bound to one address, and only if all of them share it",
    .enabled(if: Backend.sharesPorts))
  func reusePort() throws(IOError) {
    let sharing = Settings(stream: [.reusePort(true)], datagram: [.reusePort(true)])
    for kind in SocketWithOptions.allCases { #expect(try kind.value(of: .reusePort, with: sharing) != 0) }

    let first = try UDPSocket(bindingTo: anyPort, options: [.reusePort(true)])
    let address = try first.localAddress
    let second = try UDPSocket(bindingTo: address, options: [.reusePort(true)])
    #expect(try second.localAddress == address)
    expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: address) }

    let firstListener = try TCPListener(bindingTo: anyPort, options: [.reusePort(true)])
    let listenerAddress = try firstListener.localAddress
    let secondListener = try TCPListener(bindingTo: listenerAddress, options: [.reusePort(true)])
    #expect(try secondListener.localAddress == listenerAddress)
    expectError(.addressInUse) { () throws(IOError) in try TCPListener(bindingTo: listenerAddress) }
    // Whichever of the two gets it, a connection is made.
    let client = try TCPStream(connectingTo: listenerAddress)
    var peerAddress: SocketAddress?
    for _ in 0..<200 where peerAddress == nil {
      if let accepted = try firstListener.accept() { peerAddress = accepted.peerAddress }
      if let accepted = try secondListener.accept() { peerAddress = accepted.peerAddress }
      if peerAddress == nil { try pause(.milliseconds(10)) }
    }
    #expect(try peerAddress == client.localAddress)
  }

  @Test("Without sharing, a second socket cannot be bound to the address", .enabled(if: Backend.sharesPorts))
  func exclusivePort() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    let address = try socket.localAddress
    expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: address, options: [.reusePort(true)]) }
    let listener = try TCPListener(bindingTo: anyPort)
    let listenerAddress = try listener.localAddress
    expectError(.addressInUse) { () throws(IOError) in
      try TCPListener(bindingTo: listenerAddress, options: [.reusePort(true)])
    }
  }

  @Test("Buffers are at least as large as was asked for", arguments: SocketWithOptions.allCases)
  func bufferSizes(kind: SocketWithOptions) throws(IOError) {
    var former = (send: 0, receive: 0)
    for size in [8192, 16_384, 65_536] {
      let both = Settings(
        stream: [.sendBufferSize(size), .receiveBufferSize(size)],
        datagram: [.sendBufferSize(size), .receiveBufferSize(size)])
      let send = try kind.value(of: .sendBufferSize, with: both)
      let receive = try kind.value(of: .receiveBufferSize, with: both)
      #expect(send >= size && send > former.send)
      #expect(receive >= size && receive > former.receive)
      former = (send, receive)
      // Each of the two by itself.
      let one = Settings(stream: [.receiveBufferSize(size)], datagram: [.receiveBufferSize(size)])
      #expect(try kind.value(of: .receiveBufferSize, with: one) == receive)
    }
  }

  @Test("A buffer size below 0, or beyond 32 bits, is invalid", arguments: SocketWithOptions.allCases)
  func invalidBufferSizes(kind: SocketWithOptions) {
    for size in [-1, .min] + wide([.max, 1 << 31, 1 << 32 + 8192]) {
      for settings in [
        Settings(stream: [.sendBufferSize(size)], datagram: [.sendBufferSize(size)]),
        Settings(stream: [.receiveBufferSize(size)], datagram: [.receiveBufferSize(size)]),
      ] {
        expectError(.invalidInput) { () throws(IOError) in try kind.value(of: .reuseAddress, with: settings) }
      }
    }
  }

  @Test(
    "TCP-37 An idle connection is probed as was asked for, in whole seconds rounded up",
    .enabled(if: !Backend.isWine, "Wine 8 lacks the options."),
    arguments: [.listener, .stream] as [SocketWithOptions])
  func keepAlive(kind: SocketWithOptions) throws(IOError) {
    let byDefault = try kind.probing([])
    #expect(byDefault.isOn == 0)
    let on = try kind.probing([.keepAlive(true)])
    #expect(on == (1, byDefault.idle, byDefault.interval, byDefault.probes))
    let all = try kind.probing([
      .keepAlive(true), .keepAliveIdle(.seconds(61)), .keepAliveInterval(.milliseconds(10_500)), .keepAliveProbes(5),
    ])
    #expect(all == (1, 61, 11, 5))
    for probes in [1, 127] { #expect(try kind.probing([.keepAliveProbes(probes)]).probes == probes) }
    let times = try kind.probing([.keepAliveIdle(.nanoseconds(1)), .keepAliveInterval(.seconds(32_767))])
    // The times say nothing about whether it is probed at all.
    #expect(times == (0, 1, 32_767, byDefault.probes))
  }

  @Test(
    "TCP-37 Times of less than 1 s or more than 32,767 s, and probes other than 1 to 127, are invalid",
    arguments: [.listener, .stream] as [SocketWithOptions])
  func invalidKeepAlive(kind: SocketWithOptions) {
    var invalid: [SocketSetting<SocketKind.Stream, SocketAddress>] =
      [0, -1, 128, .min, .max].map { .keepAliveProbes($0) }
    for time in [.zero, .seconds(-1), .milliseconds(32_767_001), .seconds(Int64.max)] as [Duration] {
      invalid += [.keepAliveIdle(time), .keepAliveInterval(time)]
    }
    for setting in invalid {
      for options in [[setting], [.keepAlive(true), setting, .keepAliveProbes(1)]] {
        expectError(.invalidInput) { () throws(IOError) in
          try kind.value(of: .reuseAddress, with: Settings(stream: options))
        }
      }
    }
  }

  @Test("Of a list of options the first that fails is thrown; of two for one option the second holds")
  func lists() throws(IOError) {
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    expectError(.invalidInput) { () throws(IOError) in
      try TCPStream(connectingTo: address, options: [.noDelay(true), .keepAliveProbes(0), .ipv6Only(true)])
    }
    if !Backend.isWine {
      expectError(.unsupported) { () throws(IOError) in
        try TCPListener(bindingTo: anyPort, options: [.noDelay(true), .ipv6Only(true), .keepAliveProbes(0)])
      }
    }
    expectError(.invalidInput) { () throws(IOError) in
      try UDPSocket(bindingTo: anyPort, options: [.broadcast(true), .hopLimit(256)])
    }
    // None of the attempts reached the listener.
    expectWouldBlock { () throws(IOError) in try listener.accept() }
    let stream = try TCPStream(connectingTo: address, options: [.hopLimit(9), .noDelay(true), .hopLimit(10)])
    #expect(try stream.option(.hopLimit) == 10)
    #expect(try stream.option(.noDelay))
  }

  @Test(
    "What the list of a new stream or listener sets, its keys read, and what the keys set as well",
    .enabled(if: !Backend.isWine, "Wine 8 lacks the options."))
  func keysOfStreams() throws(IOError) {
    let options: [SocketSetting<SocketKind.Stream, SocketAddress>] = [
      .noDelay(true), .hopLimit(10), .ipv6Only(true), .reuseAddress(true), .linger(.seconds(3)),
      .keepAlive(true), .keepAliveIdle(.seconds(61)), .keepAliveInterval(.seconds(11)), .keepAliveProbes(5),
      .sendBufferSize(20_000), .receiveBufferSize(30_000),
    ]
    let listener = try TCPListener(bindingTo: anyPortV6, options: options)
    try expectKeys(on: listener)
    let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
    try expectKeys(on: stream)
  }

  private func expectKeys<T: StreamWithOptions & ~Copyable>(on socket: borrowing T) throws(IOError) {
    #expect(try socket.option(.noDelay))
    #expect(try socket.option(.ipv6Only))
    #expect(try socket.option(.keepAlive))
    #expect(try socket.option(.reuseAddress))
    #expect(try socket.option(.hopLimit) == 10)
    #expect(try socket.option(.linger) == .seconds(3))
    #expect(try socket.option(.keepAliveIdle) == .seconds(61))
    #expect(try socket.option(.keepAliveInterval) == .seconds(11))
    #expect(try socket.option(.keepAliveProbes) == 5)
    #expect(try socket.option(.sendBufferSize) >= 20_000)
    #expect(try socket.option(.receiveBufferSize) >= 30_000)
    try socket.setOption(.noDelay, to: false)
    try socket.setOption(.keepAlive, to: false)
    try socket.setOption(.reuseAddress, to: false)
    try socket.setOption(.hopLimit, to: 20)
    try socket.setOption(.linger, to: nil)
    try socket.setOption(.keepAliveIdle, to: .seconds(62))
    try socket.setOption(.keepAliveInterval, to: .seconds(12))
    try socket.setOption(.keepAliveProbes, to: 6)
    #expect(try !socket.option(.noDelay))
    #expect(try !socket.option(.keepAlive))
    #expect(try !socket.option(.reuseAddress))
    #expect(try socket.option(.hopLimit) == 20)
    #expect(try socket.option(.linger) == nil)
    #expect(try socket.option(.keepAliveIdle) == .seconds(62))
    #expect(try socket.option(.keepAliveInterval) == .seconds(12))
    #expect(try socket.option(.keepAliveProbes) == 6)
  }

  @Test("UDP-25 What the list of a new UDP socket sets, its keys read")
  func keysOfUDP() throws(IOError) {
    let socket = try UDPSocket(
      bindingTo: anyPort,
      options: [
        .broadcast(true), .hopLimit(10), .reuseAddress(true), .sendBufferSize(20_000), .receiveBufferSize(30_000),
        .multicastLoopbackV4(false), .multicastHopLimitV4(9),
        .multicastInterfaceV4(.loopback),
      ])
    #expect(try socket.option(.broadcast))
    #expect(try socket.option(.reuseAddress))
    #expect(try socket.option(.hopLimit) == 10)
    #expect(try socket.option(.sendBufferSize) >= 20_000)
    #expect(try socket.option(.receiveBufferSize) >= 30_000)
    #expect(try !socket.option(.multicastLoopbackV4))
    #expect(try socket.option(.multicastHopLimitV4) == 9)
    #expect(try socket.option(.multicastInterfaceV4) == .loopback)

    let socketV6 = try UDPSocket(
      bindingTo: anyPortV6,
      options: [
        .ipv6Only(true), .multicastLoopbackV6(false), .multicastHopLimitV6(9),
        .multicastInterfaceV6(Backend.loopbackInterface),
      ])
    #expect(try socketV6.option(.ipv6Only))
    #expect(try !socketV6.option(.multicastLoopbackV6))
    #expect(try socketV6.option(.multicastHopLimitV6) == 9)
    #expect(try socketV6.option(.multicastInterfaceV6) == Backend.loopbackInterface)
  }

  @Test("What the list of a new Unix-domain socket sets, its keys read", .enabled(if: Backend.hasPairs))
  func keysOfUnixSockets() throws(IOError) {
    let folder = try TemporaryFolder()
    let options: [SocketSetting<SocketKind.Stream, UnixAddress>] = [
      .linger(.seconds(3)), .sendBufferSize(20_000), .receiveBufferSize(30_000),
    ]
    let listener = try UnixListener(bindingTo: folder.address(), options: options)
    #expect(try listener.option(.linger) == .seconds(3))
    #expect(try listener.option(.receiveBufferSize) >= 30_000)
    let stream = try UnixStream(connectingTo: folder.address(), options: options)
    #expect(try stream.option(.linger) == .seconds(3))
    #expect(try stream.option(.sendBufferSize) >= 20_000)
    try stream.setOption(.linger, to: nil)
    #expect(try stream.option(.linger) == nil)
    let unbound = try UnixDatagramSocket(options: [.sendBufferSize(20_000)])
    #expect(try unbound.option(.sendBufferSize) >= 20_000)
    let bound = try UnixDatagramSocket(bindingTo: folder.address("datagram"), options: [.receiveBufferSize(30_000)])
    #expect(try bound.option(.receiveBufferSize) >= 30_000)
  }
}

extension SocketWithOptions {
  /// How a new listener or stream probes its connection, as the kernel has it.
  fileprivate func probing(
    _ options: [SocketSetting<SocketKind.Stream, SocketAddress>]
  ) throws(IOError) -> (isOn: Int, idle: Int, interval: Int, probes: Int) {
    let settings = Settings(stream: options)
    return try (
      value(of: .keepAlive, with: settings) == 0 ? 0 : 1, value(of: .keepAliveIdle, with: settings),
      value(of: .keepAliveInterval, with: settings), value(of: .keepAliveProbes, with: settings)
    )
  }
}

/// What has the options of TCP.
private protocol StreamWithOptions: ~Copyable {
  func option<Value>(_ option: SocketOption<SocketKind.Stream, SocketAddress, Value>) throws(IOError) -> Value
  func setOption<Value>(
    _ option: SocketOption<SocketKind.Stream, SocketAddress, Value>, to value: Value
  ) throws(IOError)
}

extension StreamSocket: StreamWithOptions where Address == SocketAddress {}
extension ListeningSocket: StreamWithOptions where Address == SocketAddress {}

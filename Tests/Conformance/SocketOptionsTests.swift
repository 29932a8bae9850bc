import MetalCore
import Testing

@Suite("Socket options", .backend)
struct SocketOptionsTests {
  @Test("Options have defaults, are told apart by every member, and need not be given")
  func defaults() {
    let options = SocketOptions()
    #expect(options.reuseAddress == nil && options.reusePort == false && options.onlyV6 == nil)
    #expect(options.backlog == 1024)
    #expect(options.sendBufferSize == nil && options.receiveBufferSize == nil)
    #expect(options.keepAlive == nil && options.linger == nil && options.localAddress == nil)
    let keepAlive = SocketOptions.KeepAlive()
    #expect(keepAlive.idle == nil && keepAlive.interval == nil && keepAlive.probes == nil)
    #expect(options == SocketOptions() && options.hashValue == SocketOptions().hashValue)
    let changes: [(inout SocketOptions) -> Void] = [
      { $0.reuseAddress = false }, { $0.reusePort = true }, { $0.onlyV6 = false }, { $0.backlog = 1 },
      { $0.sendBufferSize = 1 }, { $0.receiveBufferSize = 1 }, { $0.keepAlive = .init() },
      { $0.linger = .zero },
      { $0.localAddress = anyPort },
    ]
    let changed = changes.map { change in
      var options = SocketOptions()
      change(&options)
      return options
    }
    #expect(Set(changed).count == changes.count && !changed.contains(options))
  }

  @Test(
    "Listeners reuse their address, and nothing else is on, unless asked",
    arguments: SocketWithOptions.allCases)
  func defaultsOnSockets(kind: SocketWithOptions) throws {
    let options = SocketOptions()
    #expect(try (kind.value(of: .reuseAddress, with: options) != 0) == (kind == .listener))
    #expect(try kind.value(of: .reusePort, with: options) == 0)
    #expect(try kind.value(of: .keepAlive, with: options) == 0)
  }

  @Test("Reusing the address is what was asked for", arguments: SocketWithOptions.allCases, [false, true])
  func reuseAddress(kind: SocketWithOptions, isOn: Bool) throws {
    var options = SocketOptions()
    options.reuseAddress = isOn
    #expect(try (kind.value(of: .reuseAddress, with: options) != 0) == isOn)
  }

  @Test("Sockets that share a port may be bound to one address, and only if all of them share it")
  func reusePort() throws {
    var sharing = SocketOptions()
    sharing.reusePort = true
    for kind in SocketWithOptions.allCases { #expect(try kind.value(of: .reusePort, with: sharing) != 0) }

    let first = try UDPSocket(bindingTo: anyPort, options: sharing)
    let address = try first.localAddress
    let second = try UDPSocket(bindingTo: address, options: sharing)
    #expect(try second.localAddress == address)
    expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: address) }

    let firstListener = try TCPListener(bindingTo: anyPort, options: sharing)
    let listenerAddress = try firstListener.localAddress
    let secondListener = try TCPListener(bindingTo: listenerAddress, options: sharing)
    #expect(try secondListener.localAddress == listenerAddress)
    expectError(.addressInUse) { () throws(IOError) in try TCPListener(bindingTo: listenerAddress) }
    // Whichever of the two gets it, a connection is made.
    let client = try TCPStream(connectingTo: listenerAddress)
    var peerAddress: SocketAddress?
    for _ in 0..<200 where peerAddress == nil {
      if let accepted = try firstListener.acceptIfReady() { peerAddress = accepted.peerAddress }
      if let accepted = try secondListener.acceptIfReady() { peerAddress = accepted.peerAddress }
      if peerAddress == nil { try pause(.milliseconds(10)) }
    }
    #expect(try peerAddress == client.localAddress)
  }

  @Test("Without sharing, a second socket cannot be bound to the address")
  func exclusivePort() throws {
    var sharing = SocketOptions()
    sharing.reusePort = true
    let socket = try UDPSocket(bindingTo: anyPort)
    let address = try socket.localAddress
    expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: address, options: sharing) }
    let listener = try TCPListener(bindingTo: anyPort)
    let listenerAddress = try listener.localAddress
    expectError(.addressInUse) { () throws(IOError) in
      try TCPListener(bindingTo: listenerAddress, options: sharing)
    }
  }

  @Test("Buffers are at least as large as was asked for", arguments: SocketWithOptions.allCases)
  func bufferSizes(kind: SocketWithOptions) throws {
    var former = (send: 0, receive: 0)
    for size in [8192, 16_384, 65_536] {
      var options = SocketOptions()
      options.sendBufferSize = size
      options.receiveBufferSize = size
      let send = try kind.value(of: .sendBufferSize, with: options)
      let receive = try kind.value(of: .receiveBufferSize, with: options)
      #expect(send >= size && send > former.send)
      #expect(receive >= size && receive > former.receive)
      former = (send, receive)
      // Each of the two by itself.
      options.sendBufferSize = nil
      #expect(try kind.value(of: .receiveBufferSize, with: options) == receive)
    }
  }

  @Test("A negative backlog is invalid")
  func invalidBacklog() {
    var options = SocketOptions()
    options.backlog = -1
    let negative = options
    expectError(.invalidInput) { () throws(IOError) in
      try TCPListener(bindingTo: anyPort, options: negative)
    }
  }

  @Test("A buffer size below 0, or beyond 32 bits, is invalid", arguments: SocketWithOptions.allCases)
  func invalidBufferSizes(kind: SocketWithOptions) {
    for size in [-1, .min, .max, Int(Int32.max) + 1, 1 << 32 + 8192] {
      var options = SocketOptions()
      options.sendBufferSize = size
      expectError(.invalidInput) { () throws(IOError) in try kind.value(of: .reuseAddress, with: options) }
      options = SocketOptions()
      options.receiveBufferSize = size
      expectError(.invalidInput) { () throws(IOError) in try kind.value(of: .reuseAddress, with: options) }
    }
  }

  @Test(
    "TCP-37 An idle connection is probed as was asked for, in whole seconds rounded up",
    arguments: [.listener, .stream] as [SocketWithOptions])
  func keepAlive(kind: SocketWithOptions) throws {
    var options = SocketOptions()
    let byDefault = try (
      kind.value(of: .keepAliveIdle, with: options), kind.value(of: .keepAliveInterval, with: options),
      kind.value(of: .keepAliveProbes, with: options)
    )
    options.keepAlive = .init()
    #expect(try kind.value(of: .keepAlive, with: options) != 0)
    #expect(try kind.value(of: .keepAliveIdle, with: options) == byDefault.0)
    #expect(try kind.value(of: .keepAliveInterval, with: options) == byDefault.1)
    #expect(try kind.value(of: .keepAliveProbes, with: options) == byDefault.2)
    options.keepAlive = .init(idle: .seconds(61), interval: .milliseconds(10_500), probes: 5)
    #expect(try kind.value(of: .keepAlive, with: options) != 0)
    #expect(try kind.value(of: .keepAliveIdle, with: options) == 61)
    #expect(try kind.value(of: .keepAliveInterval, with: options) == 11)
    #expect(try kind.value(of: .keepAliveProbes, with: options) == 5)
    for probes in [1, 127] {
      options.keepAlive = .init(probes: probes)
      #expect(try kind.value(of: .keepAliveProbes, with: options) == probes)
    }
    options.keepAlive = .init(idle: .nanoseconds(1), interval: .seconds(32_767))
    #expect(try kind.value(of: .keepAliveIdle, with: options) == 1)
    #expect(try kind.value(of: .keepAliveInterval, with: options) == 32_767)
    #expect(try kind.value(of: .keepAliveProbes, with: options) == byDefault.2)
  }

  @Test(
    "TCP-37 Times of less than 1 s or more than 32,767 s, and probes other than 1 to 127, are invalid",
    arguments: [.listener, .stream] as [SocketWithOptions])
  func invalidKeepAlive(kind: SocketWithOptions) {
    var invalid: [SocketOptions.KeepAlive] = [0, -1, 128, .min, .max].map { .init(probes: $0) }
    for time in [.zero, .seconds(-1), .milliseconds(32_767_001), .seconds(Int64.max)] as [Duration] {
      invalid += [
        .init(idle: time), .init(interval: time), .init(idle: time, interval: .seconds(1), probes: 1),
      ]
    }
    for keepAlive in invalid {
      var options = SocketOptions()
      options.keepAlive = keepAlive
      expectError(.invalidInput) { () throws(IOError) in try kind.value(of: .reuseAddress, with: options) }
    }
  }

  @Test("A UDP socket has no connection to probe")
  func keepAliveWithoutConnection() {
    for keepAlive in [.init(idle: .seconds(60)), .init(interval: .seconds(1)), .init(probes: 5)]
      as [SocketOptions.KeepAlive]
    {
      var options = SocketOptions()
      options.keepAlive = keepAlive
      expectError(.unsupported) { () throws(IOError) in try UDPSocket(bindingTo: anyPort, options: options) }
    }
  }
}

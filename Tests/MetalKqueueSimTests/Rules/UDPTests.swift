import MetalCore
import Testing

@Suite("UDP on simulated machines: datagrams and filters")
struct UDPTests {
  @Test("Datagrams keep their boundaries and their order, empty ones too", arguments: KernelProfile.all)
  func boundaries(profile: KernelProfile) throws(IOError) {
    let machines = UDPMachines(2, profile)
    let receiver = try machines.kernels[0].udp()
    let sender = try machines.kernels[1].udp()
    let to = machines.kernels[0].at(try receiver.localAddress.port)
    let sent: [[UInt8]] = [[1], [], [2, 2, 2], [], [], [3, 3]]
    for bytes in sent { try sender.send(bytes, to: to) }
    let from = machines.kernels[1].at(try sender.localAddress.port)
    #expect(try receiver.takeAll() == sent.map { ReceivedBytes(bytes: $0, source: from) })
    receiver.expectNothingToReceive()
  }

  @Test(
    "What does not fit into the buffer is lost and said to be; peeking loses nothing",
    arguments: KernelProfile.all)
  func truncation(profile: KernelProfile) throws(IOError) {
    let kernel = UDPMachines(1, profile).kernels[0]
    let receiver = try kernel.udp(.loopback)
    let sender = try kernel.udp(.loopback)
    try sender.send([1, 2, 3, 4, 5], to: try receiver.localAddress)
    try sender.send([6], to: try receiver.localAddress)
    let from = try sender.localAddress
    for form in [ReceiveForm.peek, .peekVector, .receive] {
      #expect(try form(receiver, atMost: 3) == ReceivedBytes(bytes: [1, 2, 3], isTruncated: true, source: from))
    }
    #expect(try ReceiveForm.vector(receiver, atMost: 1) == ReceivedBytes(bytes: [6], source: from))
    receiver.expectNothingToReceive()
  }

  @Test("A vector's buffers are filled one after the other with one datagram")
  func vectors() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try kernel.udp(.loopback)
    let sender = try kernel.udp(.loopback)
    let (from, to) = try (sender.localAddress, receiver.localAddress)
    for count in 0...9 {
      let bytes = (0..<count).map { UInt8($0) }
      #expect(try SendForm.vectorToAddress(sender, bytes, to: to) == count)
      let datagram = try ReceiveForm.vector(receiver, atMost: 7)
      #expect(datagram == ReceivedBytes(bytes: Array(bytes.prefix(7)), isTruncated: count > 7, source: from))
    }
  }

  @Test(
    "R7 The reading filter counts the bytes that are queued, on NetBSD with 16 for each address",
    arguments: KernelProfile.all)
  func readFilter(profile: KernelProfile) throws(IOError) {
    let kernel = UDPMachines(1, profile).kernels[0]
    var receiver = try kernel.udp(.loopback)
    let sender = try kernel.udp(.loopback)
    let to = try receiver.localAddress
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&receiver, token: 1, interests: .readable)
    let address = profile == .netBSD ? 16 : 0
    #expect(try watcher.notices() == [])
    try sender.send([], to: to)
    #expect(try watcher.notices() == [.read(1, address)])
    try sender.send([1, 2, 3], to: to)
    #expect(try watcher.notices() == [.read(1, 3 + 2 * address)])
    #expect(try watcher.notices() == [])
    try sender.send([4], to: to)
    try sender.send([5, 6], to: to)
    #expect(try watcher.notices() == [.read(1, 6 + 4 * address)])
    #expect(try receiver.takePayloads() == [[], [1, 2, 3], [4], [5, 6]])
    #expect(try watcher.notices() == [])
  }

  @Test("D4 What was received before the poll is not reported", arguments: KernelProfile.all)
  func receivedBefore(profile: KernelProfile) throws(IOError) {
    let kernel = UDPMachines(1, profile).kernels[0]
    var receiver = try kernel.udp(.loopback)
    let sender = try kernel.udp(.loopback)
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&receiver, token: 1, interests: .readable)
    try sender.send([], to: try receiver.localAddress)
    #expect(try receiver.takePayloads() == [[]])
    #expect(try watcher.notices() == [])
  }

  @Test("R4 A registration that asks for bytes is not told of fewer, nor of an empty datagram")
  func lowWater() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try kernel.udp(.loopback)
    let sender = try kernel.udp(.loopback)
    let queue = try Queue(on: kernel)
    queue.change(.read(receiver.rawDescriptor, [.add, .clear], filterFlags: KernelEvent.lowWaterMark, data: 3))
    #expect(queue.told() == [])
    for (bytes, data) in [([], nil), ([1, 2], nil), ([3], 3)] as [([UInt8], Int?)] {
      try sender.send(bytes, to: try receiver.localAddress)
      #expect(queue.told().map(\.data) == (data.map { [$0] } ?? []))
    }
  }

  @Test(
    "R11 A socket is writable when it is registered and when that is changed, and never because it has sent",
    arguments: KernelProfile.all)
  func writeFilter(profile: KernelProfile) throws(IOError) {
    let kernel = UDPMachines(1, profile).kernels[0]
    let receiver = try kernel.udp(.loopback)
    var sender = try kernel.udp(.loopback)
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&sender, token: 1, interests: .writable)
    #expect(try watcher.notices() == [.write(1, 9_216)])
    for _ in 0..<3 { try sender.send([1], to: try receiver.localAddress) }
    #expect(try receiver.takePayloads().count == 3)
    #expect(try watcher.notices() == [])
    try watcher.poll.registry.reregister(&sender, token: 2, interests: .writable)
    #expect(try watcher.notices() == [.write(2, 9_216)])
  }

  @Test("A datagram that there is no room for is lost without a word, and there is room again afterwards")
  func overflow() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try kernel.udp(.loopback, 0, [.receiveBufferSize(1_000)])
    var sender = try kernel.udp(.loopback)
    try sender.connect(to: try receiver.localAddress)
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&sender, token: 1, interests: .readable)
    // Each takes the room of its address as well: 16 bytes. One of 100 would exceed the rest; a smaller one does not.
    for count in [468, 400, 100, 84, 0, 1] {
      #expect(try sender.send([UInt8](repeating: 1, count: count).span) == count)
    }
    #expect(try receiver.takeAll(atMost: 1_000).map(\.bytes.count) == [468, 400, 84])
    #expect(try sender.send([UInt8](repeating: 2, count: 985).span) == 985)
    #expect(try sender.send([UInt8](repeating: 2, count: 984).span) == 984)
    #expect(try receiver.takeAll(atMost: 1_000).map(\.bytes.count) == [984])
    #expect(try watcher.notices() == [])
    #expect(try sender.takePendingError() == nil)
  }

  @Test("The number of empty datagrams is limited by the room of their addresses", arguments: [false, true])
  func overflowOfEmpty(isV6: Bool) throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try isV6 ? kernel.udpV6(.loopback) : kernel.udp(.loopback)
    try receiver.setOption(.receiveBufferSize, to: 28 * 16 * 2)
    let sender = try isV6 ? kernel.udpV6(.loopback) : kernel.udp(.loopback)
    for _ in 0..<1_000 { try sender.send([], to: try receiver.localAddress) }
    #expect(try receiver.takeAll().count == (isV6 ? 32 : 56))
  }

  @Test("A receive buffer that is made smaller keeps what it holds")
  func shrinking() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try kernel.udp(.loopback)
    let sender = try kernel.udp(.loopback)
    try sender.send([1, 2], to: try receiver.localAddress)
    try kernel.setOption(.receiveBufferSize, of: receiver.rawDescriptor, to: 1)
    try sender.send([3], to: try receiver.localAddress)
    #expect(try receiver.takePayloads() == [[1, 2]])
  }

  /// Expects that a receiver is sent so many bytes in one datagram, and not one byte more.
  private func expectLargest(
    _ count: Int, _ sender: borrowing UDPSocket, _ receiver: borrowing UDPSocket, to host: SocketAddress,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    var to = host
    to.port = try receiver.localAddress.port
    let bytes = [UInt8](repeating: 9, count: count + 1)
    for form in SendForm.address {
      expectError(.messageTooLong, sourceLocation: sourceLocation) { () throws(IOError) in
        try form(sender, bytes, to: to)
      }
      #expect(try form(sender, Array(bytes.prefix(count)), to: to) == count, sourceLocation: sourceLocation)
    }
    let sizes = try receiver.takeAll(atMost: 70_000).map(\.bytes.count)
    #expect(sizes == [count, count], sourceLocation: sourceLocation)
  }

  @Test("A datagram is no larger than the send buffer, nor than a packet holds, and sent as a whole")
  func largest() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try kernel.udpV6(.unspecified)
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: 0)
    let large: [SocketSetting<SocketKind.Datagram, SocketAddress>] = [.sendBufferSize(70_000)]
    try expectLargest(9_216, try kernel.udp(), receiver, to: anyPort)
    try expectLargest(100, try kernel.udp(.unspecified, 0, [.sendBufferSize(100)]), receiver, to: anyPort)
    try expectLargest(65_507, try kernel.udp(.unspecified, 0, large), receiver, to: anyPort)
    try expectLargest(65_527, try kernel.udpV6(.unspecified, 0, large), receiver, to: anyPortV6)
    try expectLargest(65_507, try kernel.udpV6(.unspecified, 0, large), receiver, to: mapped)
  }

  @Test("Ending a direction needs a peer; then nothing is received, or nothing is sent, any more")
  func shutdown() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    var socket = try kernel.udp(.loopback)
    let peer = try kernel.udp(.loopback)
    for direction in [ShutdownDirection.read, .write, .both] {
      expectError(.notConnected) { () throws(IOError) in try socket.shutdown(direction) }
    }
    try peer.send([1], to: try socket.localAddress)
    try socket.connect(to: try peer.localAddress)
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&socket, token: 1, interests: [.readable, .writable])
    _ = try watcher.notices()

    try socket.shutdown(.read)
    #expect(try watcher.notices() == [.read(1, 0, end: 0)])
    try peer.send([2], to: try socket.localAddress)
    #expect(try ReceiveForm.receive(socket, atMost: 8)?.bytes == [])
    #expect(try watcher.notices() == [])
    try socket.send([3])
    #expect(try peer.takePayloads() == [[3]])

    try socket.shutdown(.write)
    #expect(try watcher.notices() == [.write(1, 9_216, end: 0)])
    for form in SendForm.allCases {
      expectError(.brokenPipe) { () throws(IOError) in try form(socket, [4], to: anyPort) }
    }
    #expect(try peer.takePayloads() == [])
    #expect(try peer.takePendingError() == nil)
  }

  @Test("A call that would have to wait is refused to who asked to wait")
  func waiting() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp(.loopback)
    try kernel.setNonBlocking(false, of: socket.rawDescriptor)
    for form in ReceiveForm.allCases {
      expectError(.unsupported) { () throws(IOError) in _ = try form(socket, atMost: 8) }
    }
    try socket.send([1], to: try socket.localAddress)
    #expect(try ReceiveForm.receive(socket, atMost: 8)?.bytes == [1])
  }

  @Test("A diagnosis says what a socket is, and what it holds")
  func diagnosis() throws(IOError) {
    let machines = UDPMachines(1)
    let kernel = machines.kernels[0]
    var receiver = try kernel.udp(.loopback, 7_000)
    let sender = try kernel.udp(.loopback, 7_001)
    try receiver.join(.v4(IPv4Address(224, 0, 0, 7), interface: .unspecified))
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&receiver, token: 1, interests: .readable)
    try sender.send([1, 2], to: try receiver.localAddress)
    try sender.send([3], to: try receiver.localAddress)
    #expect(try watcher.notices() == [.read(1, 3)])
    expectAnyError { () throws(IOError) in try watcher.notices(nil) }
    let source = machines.simulation.diagnosis?.sources.first
    #expect(source?.summary == "udp 127.0.0.1:7000 ↔ anybody, in 1 groups, received 2 datagrams of 3 B")
    #expect(source?.lostEdge?.contains("3 bytes never read") == true)
  }
}

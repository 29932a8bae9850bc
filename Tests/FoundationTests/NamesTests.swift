import Dispatch
import Foundation
import MetalIO
import Testing

/// Each public name of the umbrella module stands here, beside Foundation and Dispatch: one that they have as well does
/// not compile.
@Suite("Every public name beside Foundation and Dispatch")
struct NamesTests {
  private let anyPort = SocketAddress(IPv4Address.loopback, port: 0)

  @Test("TCP: a connection is accepted, and carries bytes from gathered buffers")
  func streams() throws {
    var poll: Poll = try Poll()
    var events: Events = Events(capacity: 8)
    var listener: TCPListener = try TCPListener(bindingTo: anyPort, options: [.reusePort(true)])
    try poll.registry.register(&listener, token: .listener, interests: .readable)
    let client: TCPStream = try TCPStream(connectingTo: try listener.localAddress)
    let event: Event? = try nextEvent(&poll, &events)
    #expect(event?.token == .listener)
    let connection: AcceptedConnection<DefaultSelector, SocketAddress>? = try listener.accept()
    guard let accepted = connection else { throw IOError(.notConnected) }
    var stream = accepted.stream
    #expect(try accepted.peerAddress == client.localAddress)
    try client.setOption(.noDelay, to: true)

    let data = Data([1, 2, 3])
    var storage: IOVectorStorage<1> = IOVectorStorage<1>()
    try sendAll(data, over: client, by: &storage)
    try poll.registry.register(&stream, token: .stream, interests: .readable)
    #expect(try nextEvent(&poll, &events)?.token == .stream)
    var buffer = [UInt8](repeating: 0, count: 8)
    var vector: MutableIOVector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    #expect(try stream.read(into: vector) == 3)
    #expect(Data(buffer[..<3]) == data)
    try client.shutdown(ShutdownDirection.both)
  }

  private func sendAll(_ data: Data, over stream: borrowing TCPStream, by storage: inout IOVectorStorage<1>) throws {
    let bytes = Array(data)
    var vector: IOVector = storage.makeVector()
    vector.append(bytes.span)
    #expect(try stream.write(vector) == bytes.count)
  }

  @Test("UDP: a datagram is received with its source, and a group is joined")
  func datagrams() throws {
    let settings: [SocketSetting<SocketKind.Datagram, SocketAddress>] = [.hopLimit(3)]
    let socket: UDPSocket = try UDPSocket(bindingTo: anyPort, options: settings)
    let hops: SocketOption<SocketKind.Datagram, SocketAddress, Int> = .hopLimit
    #expect(try socket.option(hops) == 3)
    let address = try socket.localAddress
    #expect(try socket.port == address.port && !address.isNowhere)
    #expect(try socket.send([1].span, to: address) == 1)
    var buffer: [UInt8] = [0, 0]
    let datagram: ReceivedDatagram<SocketAddress>? = try socket.receive(into: buffer.mutableSpan)
    #expect(datagram?.count == 1 && datagram?.source == address)
    let group = MulticastGroup.v6(IPv6Address(high: 0xFF02 << 48, low: 1), interface: 0)
    #expect(group.isMulticast)
  }

  @Test("Unix domain: streams and datagrams pass a waker's thread, by a queue of Dispatch")
  func unixDomain() throws {
    var poll = try Poll()
    var events = Events(capacity: 8)
    let registry: Registry = poll.registry
    let waker: Waker = try registry.makeWaker(token: .waker)
    DispatchQueue.global().async { try? waker.wake() }
    #expect(try nextEvent(&poll, &events)?.token == .waker)
    // A wake goes with its waker.
    withExtendedLifetime(waker) {}

    let pair: Pair<UnixStream, UnixStream> = try UnixStream.pair()
    #expect(try pair.first.write([1, 2].span) == 2)
    let datagrams: Pair<UnixDatagramSocket, UnixDatagramSocket> = try UnixDatagramSocket.pair()
    #expect(try datagrams.first.send([1].span) == 1)
    let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString.prefix(8))"
    let address = try UnixAddress(pathname: path)
    let listener: UnixListener = try UnixListener(bindingTo: address)
    try FileManager.default.removeItem(atPath: path)
    #expect(try listener.localAddress == address)
  }

  @Test("Pipes: an end is borrowed, kept in a slab, and its descriptor taken out")
  func pipes() throws {
    var poll = try Poll()
    var events = Events(capacity: 8)
    let ends: PipeEnds = try PipeEnds()
    let reader: PipeReader = ends.reader
    var borrowed: BorrowedDescriptor = BorrowedDescriptor(reader.rawDescriptor)
    try poll.registry.register(&borrowed, token: Token(7), interests: Interests.readable)
    var writers: Slab<PipeWriter> = Slab<PipeWriter>()
    let token = writers.insert(ends.writer)
    let count = try writers.update(token) { writer throws(IOError) in try writer.write([1].span) }
    #expect(count == 1)
    #expect(try nextEvent(&poll, &events)?.token == 7)
    try poll.registry.deregister(&borrowed)
    let owned: OwnedDescriptor = reader.releaseDescriptor()
    #expect(owned.rawDescriptor >= 0)
  }

  @Test("Errors: a catch names the library's kinds among Foundation's errors")
  func errors() {
    do {
      let foreign = try #require(SocketAddress("192.0.2.1:0"))
      _ = try TCPListener(bindingTo: foreign)
      Issue.record("the address is not of this machine")
    } catch IOError.Kind.addressNotAvailable {
      // As it should.
    } catch let error as CocoaError {
      Issue.record("\(error)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("Names: text that is not an address is refused with a reason, and a host is resolved")
  func names() throws {
    let refused: SocketAddress.ParseError? = #expect(throws: SocketAddress.ParseError.self) {
      try SocketAddress(parsing: "localhost:80")
    }
    #expect(refused?.kind == .name && refused?.position == 0)
    let addresses = try SocketAddress.resolve("127.0.0.1", port: 80)
    #expect(addresses == [SocketAddress(IPv4Address.loopback, port: 80)])
    do throws(ResolutionError) {
      _ = try SocketAddress.resolve("name.invalid", service: "80")
    } catch .nameNotFound, .temporaryFailure {
      // As it should.
    } catch {
      Issue.record("\(error)")
    }
    let bytes = [UInt8](repeating: 0xFF, count: 128)
    #expect(throws: IOError(.unsupported)) {
      // Safety: the bytes of integers are initialized.
      try SocketAddress(sockaddr: unsafe bytes.span.bytes)
    }
  }

  @Test("The names of a backend's room, and the protocols")
  func backends() throws {
    use(DefaultSelector.self)
    use(KernelClock.self)
    use(KernelClock.Instant.self)
    use(SystemKernel.self)
    use(IOResult.self)
    use(SocketFamily.self)
    use(SocketKind.self)
    use(SocketOptionName.self)
    use(AnyEndpointAddress.self)
    use(SelectorIdentity.self)
    use(SelectorNumber.self)
    use(SourceHandle<DefaultSelector>.self)
    use(WaitPermit<DefaultSelector>.self)
    use(ListeningSocket<DefaultSelector, UnixAddress>.self)
    #if ForcePoll
    use(PosixPollSelector.self)
    use(PosixPollEvent.self)
    use(PosixPollRegistration.self)
    #elseif METAL_LINUX
    use(EpollSelector.self)
    use(EpollEvent.self)
    #endif
    useKernel(SystemKernel.self, OwnedDescriptor.self)
    useSelector(DefaultSelector.self, Event.self)
    useParts(DefaultSelector.WakerHandle.self, DefaultSelector.Registration.self)
    useSource(TCPStream.self, Doorbell.self)
    useBytes(Span<UInt8>.self, MutableSpan<UInt8>.self)
  }

  private func nextEvent(_ poll: inout Poll, _ events: inout Events) throws(IOError) -> Event? {
    try poll.wait(into: &events, timeout: .seconds(10))
    return events.popFirst()
  }
}

/// A source of the program's own.
private struct Doorbell: Source, ~Copyable {
  var stream: StreamSocket<DefaultSelector, UnixAddress>

  mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.register(with: registry, token: token, interests: interests)
  }
  mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.reregister(with: registry, token: token, interests: interests)
  }
  mutating func deregister(from registry: Registry) throws(IOError) {
    try stream.deregister(from: registry)
  }
}

extension DatagramSocket where Address == SocketAddress {
  /// An extension by the bare name of a generic type.
  fileprivate var port: UInt16 {
    get throws(IOError) { try localAddress.port }
  }
}

extension EndpointAddress {
  /// An extension by the bare name of a protocol.
  fileprivate var isNowhere: Bool { self == .unspecified }
}

private func use<T: ~Copyable & ~Escapable>(_ type: T.Type) {}
private func useKernel<K: Kernel, O: DescriptorOwner & ~Copyable>(_ kernel: K.Type, _ owner: O.Type) {}
// On Apple's systems `Selector` is Objective-C's as well, which the module's name tells apart.
private func useSelector<S: MetalCore.Selector, E: ReadinessEvent>(_ selector: S.Type, _ event: E.Type) {}
private func useParts<W: SelectorWaker & ~Copyable, R: SourceRegistration & ~Copyable>(
  _ waker: W.Type, _ registration: R.Type
) {}
private func useSource<D: DescriptorSource & ~Copyable, T: Source & ~Copyable>(
  _ descriptor: D.Type, _ source: T.Type
) {}
private func useBytes<B: IOBytes & ~Escapable, M: MutableIOBytes & ~Copyable & ~Escapable>(
  _ bytes: B.Type, _ buffer: M.Type
) {}

extension Token {
  fileprivate static let listener: Token = 1
  fileprivate static let waker: Token = 2
  fileprivate static let stream: Token = 3
}

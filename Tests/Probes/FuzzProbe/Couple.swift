import ExampleSupport
import MetalIO
import ProbeSupport

/// One end of a couple: a source, and the place in the ledger that its tokens come from.
struct End: ~Copyable {
  let place: Int
  var source = AnySource.closed
  var isRegistered = false

  init(place: Int) {
    self.place = place
  }
}

extension End {
  /// Registers the source, or finds that it is registered already.
  mutating func register(_ interests: Interests, _ shared: Shared) {
    guard source.isOpen else { return }
    if isRegistered {
      // The token stays as it was: a call that throws changes nothing.
      expect(.alreadyExists, source.change(.register(shared.ledger.token(at: place), interests), shared.registry))
    } else {
      expectNone(source.change(.register(shared.ledger.issue(at: place), interests), shared.registry))
      isRegistered = true
    }
  }

  /// Reregisters the source under a new token, or finds that it is not registered.
  mutating func reregister(_ interests: Interests, _ shared: Shared) {
    guard source.isOpen else { return }
    let former = shared.ledger.token(at: place)
    if isRegistered {
      expectNone(source.change(.reregister(shared.ledger.issue(at: place), interests), shared.registry))
      shared.ledger.retire(former)
    } else {
      expect(.notFound, source.change(.reregister(former, interests), shared.registry))
    }
  }

  /// Deregisters the source, or finds that it is not registered.
  mutating func deregister(_ shared: Shared) {
    guard source.isOpen else { return }
    let error = source.change(.deregister, shared.registry)
    if isRegistered {
      expectNone(error)
      ended(shared)
    } else {
      expect(.notFound, error)
    }
  }

  /// Closes or drops the source, registered or not.
  mutating func close(byName: Bool, _ shared: Shared) throws(IOError) {
    if byName {
      var source = AnySource.closed
      swap(&source, &self.source)
      try source.close()
    } else {
      source = .closed
    }
    if isRegistered { ended(shared) }
  }

  private mutating func ended(_ shared: Shared) {
    shared.ledger.retire(shared.ledger.token(at: place))
    isRegistered = false
  }

  /// Reads once and returns the number of bytes, 0 at the end of a stream or after an error, `nil` if that would
  /// block.
  mutating func read(into buffer: inout InlineArray<512, UInt8>) throws(IOError) -> Int? {
    do throws(IOError) {
      return try source.read(into: &buffer)
    } catch {
      guard error.kind.isOfPeer else { throw error }
      return 0
    }
  }

  /// Writes once, and returns whether something was written.
  mutating func write(_ bytes: Span<UInt8>) throws(IOError) -> Bool {
    do throws(IOError) {
      return try source.write(bytes) != nil
    } catch {
      guard error.kind.isOfPeer else { throw error }
      return false
    }
  }
}

/// Two sources that are connected with each other.
struct Couple: ~Copyable {
  /// How many kinds of couples there are.
  static let kinds = 7

  var left: End
  var right: End

  init(firstPlace: Int) {
    left = End(place: firstPlace)
    right = End(place: firstPlace + 1)
  }

  /// Replaces two closed ends by new ones of a kind.
  ///
  /// The listener makes the TCP connections.
  mutating func renew(kind: Int, _ listener: borrowing TCPListener) throws(IOError) {
    switch kind {
    case 0:
      let address = try listener.localAddress
      let client = try TCPStream(connectingTo: address)
      // Reset when closed, so that the ports of so many connections are not occupied for a minute.
      try client.setOption(.linger, to: .zero)
      right.source = .tcpStream(try accept(from: listener))
      left.source = .tcpStream(client)
    case 1:
      let loopback = SocketAddress(IPv4Address.loopback, port: 0)
      let first = try UDPSocket(bindingTo: loopback)
      let second = try UDPSocket(bindingTo: loopback)
      try first.connect(to: second.localAddress)
      try second.connect(to: first.localAddress)
      left.source = .udpSocket(first)
      right.source = .udpSocket(second)
    case 2:
      let pair = try UnixStream.pair()
      left.source = .unixStream(pair.first)
      right.source = .unixStream(pair.second)
    case 3:
      let pair = try UnixDatagramSocket.pair()
      left.source = .unixDatagram(pair.first)
      right.source = .unixDatagram(pair.second)
    case 4:
      // An abstract name leaves no file behind.
      let name = try UnixAddress(abstractName: "fuzz-probe-\(UInt64.random(in: .min ... .max))")
      // On the right, which is drained last: the connection ends when it is accepted, and dropped.
      right.source = .unixListener(try UnixListener(bindingTo: name))
      left.source = .unixStream(try UnixStream(connectingTo: name))
    case 5:
      let pair = try UnixStream.pair()
      left.source = .borrowed(BorrowedStream(pair.first))
      right.source = .unixStream(pair.second)
    default:
      let pipe = try PipeEnds()
      left.source = .pipeReader(pipe.reader)
      right.source = .pipeWriter(pipe.writer)
    }
  }

  private func accept(from listener: borrowing TCPListener) throws(IOError) -> TCPStream {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      if let accepted = try listener.accept() { return accepted.stream }
      giveWay()
    }
    fail("fuzz-probe: a connection did not come about")
  }
}

extension IOError.Kind {
  /// Whether the error tells of a peer that has gone.
  fileprivate var isOfPeer: Bool {
    switch self {
    case .brokenPipe, .connectionReset, .connectionRefused, .notConnected: true
    default: false
    }
  }
}

private func expect(_ kind: IOError.Kind, _ error: IOError?) {
  guard error?.kind == kind else { fail("fuzz-probe: \(kind) was expected, and there was \(describe(error))") }
}

private func expectNone(_ error: IOError?) {
  guard error == nil else { fail("fuzz-probe: a call on a registration threw \(describe(error))") }
}

private func describe(_ error: IOError?) -> String {
  error.map { "\($0)" } ?? "no error"
}

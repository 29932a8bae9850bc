import MetalCore

/// What was received of a datagram, in whatever form.
struct ReceivedBytes: Equatable {
  var bytes: [UInt8]
  var isTruncated = false
  /// Where it came from, if the form tells.
  var source: SocketAddress?
}

/// The forms of receiving a datagram, and of looking at it, which all keep the same rules.
enum ReceiveForm: CaseIterable {
  case receive, receiveIfReady, vectored, vectoredIfReady
  case receiveFrom, receiveFromIfReady, fromVectored, fromVectoredIfReady
  case peek, peekIfReady, peekFrom, peekFromIfReady

  /// The forms that take the datagram out of the queue.
  static let taking = allCases.filter { !$0.isPeek }
  /// The forms that leave the datagram where it is.
  static let peeking = allCases.filter(\.isPeek)

  var isPeek: Bool {
    switch self {
    case .peek, .peekIfReady, .peekFrom, .peekFromIfReady: true
    default: false
    }
  }

  /// Whether the form tells where the datagram came from.
  var namesSource: Bool {
    switch self {
    case .receiveFrom, .receiveFromIfReady, .fromVectored, .fromVectoredIfReady, .peekFrom, .peekFromIfReady:
      true
    default:
      false
    }
  }

  /// Receives at most `count` bytes, the vectored forms into two buffers, or returns `nil` if that would block.
  func callAsFunction(_ socket: borrowing UDPSocket, atMost count: Int) throws(IOError) -> ReceivedBytes? {
    do throws(IOError) {
      switch self {
      case .vectored, .vectoredIfReady, .fromVectored, .fromVectoredIfReady:
        return try receiveVectored(socket, count)
      default:
        return try receiveOne(socket, count)
      }
    } catch {
      // The other forms must return `nil` themselves.
      guard error.kind == .wouldBlock, throwsWouldBlock else { throw error }
      return nil
    }
  }

  private var throwsWouldBlock: Bool {
    switch self {
    case .receiveIfReady, .vectoredIfReady, .receiveFromIfReady, .fromVectoredIfReady, .peekIfReady,
      .peekFromIfReady:
      false
    default:
      true
    }
  }

  private func receiveOne(_ socket: borrowing UDPSocket, _ count: Int) throws(IOError) -> ReceivedBytes? {
    var buffer = [UInt8](repeating: 0xEE, count: count)
    let plain: ReceivedDatagram?
    switch self {
    case .receive: plain = try socket.receive(into: buffer.mutableSpan)
    case .receiveIfReady: plain = try socket.receiveIfReady(into: buffer.mutableSpan)
    case .peek: plain = try socket.peek(into: buffer.mutableSpan)
    case .peekIfReady: plain = try socket.peekIfReady(into: buffer.mutableSpan)
    default:
      let named: ReceivedDatagramFrom<SocketAddress>?
      switch self {
      case .receiveFrom: named = try socket.receiveFrom(into: buffer.mutableSpan)
      case .receiveFromIfReady: named = try socket.receiveFromIfReady(into: buffer.mutableSpan)
      case .peekFrom: named = try socket.peekFrom(into: buffer.mutableSpan)
      default: named = try socket.peekFromIfReady(into: buffer.mutableSpan)
      }
      return named.map { received(buffer, $0.count, $0.isTruncated, $0.source) }
    }
    return plain.map { received(buffer, $0.count, $0.isTruncated) }
  }

  private func receiveVectored(_ socket: borrowing UDPSocket, _ count: Int) throws(IOError) -> ReceivedBytes?
  {
    var first = [UInt8](repeating: 0xEE, count: count / 2)
    var second = [UInt8](repeating: 0xEE, count: count - count / 2)
    var vector = MutableIOVector<3>()
    vector.append(first.mutableSpan)
    vector.append(second.mutableSpan)
    switch self {
    case .vectored:
      let datagram = try socket.receive(into: vector)
      return received(first + second, datagram.count, datagram.isTruncated)
    case .vectoredIfReady:
      guard let datagram = try socket.receiveIfReady(into: vector) else { return nil }
      return received(first + second, datagram.count, datagram.isTruncated)
    case .fromVectored:
      let datagram = try socket.receiveFrom(into: vector)
      return received(first + second, datagram.count, datagram.isTruncated, datagram.source)
    default:
      guard let datagram = try socket.receiveFromIfReady(into: vector) else { return nil }
      return received(first + second, datagram.count, datagram.isTruncated, datagram.source)
    }
  }

  private func received(
    _ buffer: [UInt8], _ count: Int, _ isTruncated: Bool, _ source: SocketAddress? = nil
  ) -> ReceivedBytes {
    ReceivedBytes(bytes: Array(buffer[..<count]), isTruncated: isTruncated, source: source)
  }
}

/// The forms of sending a datagram, with a destination and without.
enum SendForm: CaseIterable {
  case send, sendIfReady, vectored, vectoredIfReady
  case sendTo, sendToIfReady, toVectored, toVectoredIfReady

  /// The forms that send to the connected peer.
  static let toPeer = allCases.filter { !$0.namesDestination }
  /// The forms that are told where to send.
  static let toAddress = allCases.filter(\.namesDestination)

  var namesDestination: Bool {
    switch self {
    case .send, .sendIfReady, .vectored, .vectoredIfReady: false
    case .sendTo, .sendToIfReady, .toVectored, .toVectoredIfReady: true
    }
  }

  /// Sends one datagram, the vectored forms from two buffers; forms without a destination ignore `address`.
  func callAsFunction(
    _ socket: borrowing UDPSocket, _ bytes: [UInt8], to address: SocketAddress
  ) throws(IOError) -> Int? {
    var vector = IOVector<3>()
    let half = bytes.count / 2
    vector.append(bytes.span.extracting(..<half))
    vector.append(bytes.span.extracting(half...))
    switch self {
    case .send: return try socket.send(bytes.span)
    case .sendIfReady: return try socket.sendIfReady(bytes.span)
    case .vectored: return try socket.send(vector)
    case .vectoredIfReady: return try socket.sendIfReady(vector)
    case .sendTo: return try socket.send(bytes.span, to: address)
    case .sendToIfReady: return try socket.sendIfReady(bytes.span, to: address)
    case .toVectored: return try socket.send(vector, to: address)
    case .toVectoredIfReady: return try socket.sendIfReady(vector, to: address)
    }
  }
}

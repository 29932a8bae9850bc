import MetalCore

/// What was received of a datagram.
struct ReceivedBytes<Address: EndpointAddress>: Equatable {
  var bytes: [UInt8]
  var isTruncated = false
  /// Where it came from.
  var source: Address
}

/// The forms of receiving a datagram, and of looking at it, which all keep the same rules.
enum ReceiveForm: CaseIterable {
  case receive, vector
  case peek, peekVector

  /// The forms that take the datagram out of the queue.
  static let taking: [ReceiveForm] = [.receive, .vector]
  /// The forms that leave the datagram where it is.
  static let peeking: [ReceiveForm] = [.peek, .peekVector]

  /// Whether the form leaves the datagram where it is.
  var isPeek: Bool { Self.peeking.contains(self) }

  /// Receives at most `count` bytes, the vectored forms into two buffers, or returns `nil` if that would block.
  func callAsFunction<A: EndpointAddress>(
    _ socket: borrowing DatagramSocket<Selector, A>, atMost count: Int
  ) throws(IOError) -> ReceivedBytes<A>? {
    var first = [UInt8](repeating: 0xEE, count: count)
    let datagram: ReceivedDatagram<A>?
    switch self {
    case .receive: datagram = try socket.receive(into: first.mutableSpan)
    case .peek: datagram = try socket.peek(into: first.mutableSpan)
    case .vector, .peekVector:
      var second = Array(first[..<(count - count / 2)])
      first.removeLast(count - count / 2)
      var storage = IOVectorStorage<3>()
      var vector = storage.makeMutableVector()
      vector.append(first.mutableSpan)
      vector.append(second.mutableSpan)
      datagram = self == .vector ? try socket.receive(into: vector) : try socket.peek(into: vector)
      first += second
    }
    guard let datagram else { return nil }
    return ReceivedBytes(
      bytes: Array(first[..<datagram.count]), isTruncated: datagram.isTruncated, source: datagram.source)
  }
}

/// The forms of sending a datagram, with a destination and without.
enum SendForm: CaseIterable {
  case toPeer, vectorToPeer
  case toAddress, vectorToAddress

  /// The forms that send to the connected peer.
  static let peer: [SendForm] = [.toPeer, .vectorToPeer]
  /// The forms that are given an address.
  static let address: [SendForm] = [.toAddress, .vectorToAddress]

  /// Whether the form is given an address.
  var namesDestination: Bool { Self.address.contains(self) }

  /// Sends one datagram, the vectored forms from two buffers; forms without a destination ignore `address`.
  func callAsFunction<A: EndpointAddress>(
    _ socket: borrowing DatagramSocket<Selector, A>, _ bytes: [UInt8], to address: A
  ) throws(IOError) -> Int? {
    let half = bytes.count / 2
    var storage = IOVectorStorage<3>()
    var vector = storage.makeVector()
    vector.append(bytes.span.extracting(..<half))
    vector.append(bytes.span.extracting(half...))
    switch self {
    case .toPeer: return try socket.send(bytes.span)
    case .vectorToPeer: return try socket.send(vector)
    case .toAddress: return try socket.send(bytes.span, to: address)
    case .vectorToAddress: return try socket.send(vector, to: address)
    }
  }
}

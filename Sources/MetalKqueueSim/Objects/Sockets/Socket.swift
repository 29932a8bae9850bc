internal import MetalCore
internal import MetalKqueue

/// The common part of all sockets, with the behaviour of datagram sockets of every family.
///
/// A subclass overrides the operations that it has. Streams override the filters and `receive`.
class Socket: File {
  let family: SocketFamily
  let kind: SocketKind
  var options: SocketOptionTable
  /// The error that the next call returns and clears (R14).
  var pendingError: Errno?
  /// The connections that wait to be accepted; `nil` unless the socket is a listener.
  final var backlog: Backlog?

  /// The datagrams that have arrived, unless the socket is a stream.
  final var datagrams = DatagramQueue()
  /// Whether each direction has ended, which TCP stores in its connections instead.
  final var isReadShut = false
  final var isWriteShut = false

  init(_ kernel: KernelState, _ family: SocketFamily, _ kind: SocketKind) {
    self.family = family
    self.kind = kind
    options = SocketOptionTable(family, kind, kernel.profile)
    super.init(kernel)
  }

  /// Returns the pending error and clears it.
  func takePendingError() -> Errno? {
    defer { pendingError = nil }
    return pendingError
  }

  // The default of each operation is a refusal.

  func bind(_ world: World, to address: SocketAddress) throws(Errno) { throw .familyNotSupported }
  func bind(_ world: World, to address: UnixAddress) throws(Errno) { throw .familyNotSupported }
  func connect(_ world: World, to address: SocketAddress) throws(Errno) { throw .familyNotSupported }
  func connect(_ world: World, to address: UnixAddress) throws(Errno) { throw .familyNotSupported }
  func listen(_ world: World, backlog: Int) throws(Errno) { throw .notSupported }
  func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) { throw .notSupported }

  /// Takes the first waiting connection, even if its other end is gone.
  ///
  /// A program can still read the bytes and the end of the connection, but TCP's override refuses it.
  func accept(_ world: World) throws(Errno) -> Socket {
    guard let backlog else { throw kind == .stream ? .invalid : .notSupported }
    guard let connection = backlog.takeFirst() else { throw .wouldBlock }
    return connection
  }

  override var waitingConnections: Int? { backlog?.count }

  /// Makes the socket a listener, or gives a listener another limit.
  func setBacklog(limit: Int) {
    if let backlog { backlog.limit = limit } else { backlog = Backlog(limit: limit) }
  }

  /// The reason why a call fails regardless of its arguments; `nil` if there is none.
  func refusal(of call: Call) -> Errno? { nil }
  /// The reason why a call cannot read or set an option; `nil` without a reason.
  func refusal(of option: SocketOptionName) -> Errno? { option.exists(on: family, kind) ? nil : .noSuchOption }

  /// The local address and the peer's address, as the program sees them.
  var localAddress: AnyEndpointAddress? { nil }
  var peerAddress: AnyEndpointAddress? { nil }

  /// Completes the entry of a stream for ``Netstat``.
  func fill(_ entry: inout Netstat.Entry) {}

  /// Joins or leaves a multicast group.
  func setMembership(_ isMember: Bool, _ group: MulticastGroup) throws(Errno) { throw .notSupported }

  /// Updates the state that depends on an option after the option was set.
  func optionChanged(_ option: SocketOptionName, _ world: World) {}

  // MARK: Datagrams

  /// The reading filter's result: the end, or else an error without an end (R3), or else datagrams.
  override func readCondition(_ knote: Knote) -> Condition {
    let addressBytes =
      family == .unix ? kernel.profile.unix.addressBytesInData : kernel.profile.udp.addressBytesInData
    let count = datagrams.byteCount + datagrams.count * addressBytes
    if isReadShut { return Condition(isTrue: true, data: count, isEnd: true, code: pendingError?.rawValue ?? 0) }
    if pendingError != nil { return Condition(isTrue: true, data: count) }
    // An empty datagram is something to read (R7), unless the registration asks for bytes.
    let asksForBytes = knote.filterFlags & KernelEvent.lowWaterMark != 0
    let least = asksForBytes ? knote.readLowWater(most: options[.receiveBufferSize]) : 0
    return Condition(isTrue: !datagrams.isEmpty && count >= least, data: count)
  }

  /// The writing filter's result: there is always room, because nothing waits to be sent (R11).
  override func writeCondition(_ knote: Knote) -> Condition {
    streamWriteCondition(knote, room: options[.sendBufferSize], lowWater: 1, isEnd: isWriteShut)
  }

  /// Receives the first datagram and its source.
  ///
  /// Without a datagram, the call throws the pending error, or returns the end (R15). No event reports the room (R11).
  override func receive(_ world: World, _ call: inout Reception, _ copy: Copying) throws(Errno) -> Int {
    guard let first = datagrams.first else {
      // A call without room also blocks, because a count of 0 would mean an empty datagram.
      return try receiveNothing(call, isEnd: isReadShut)
    }
    call.source = first.source
    call.isTruncated = first.count > call.limit
    let count = min(first.count, call.limit)
    copy(datagrams.bytes, count)
    // The caller loses the rest of a truncated datagram.
    if !call.isPeek { datagrams.removeFirst() }
    return count
  }
}

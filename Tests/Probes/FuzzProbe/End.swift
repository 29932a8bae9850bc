import ExampleSupport
import Glibc
import MetalIO
import Synchronization

/// A change of a source's registration.
enum Change { case register, reregister, deregister }

/// One end of a couple, where one source after the other is registered, or an end for one waker after the other.
///
/// It keeps a ledger of its tokens. A token is the end's number and a generation, which grows with each registration and
/// reregistration. The thread that has the end issues a token before the call that registers it. It retires the token
/// after the call that ended the registration.
///
/// `@unchecked Sendable`: only the worker that has the couple uses the source, and the poller when the workers have
/// finished.
final class End: @unchecked Sendable {
  /// The number of polls that have begun, which is the number of the present poll.
  static let polls = Atomic<UInt64>(0)

  var source: (any AnySource & ~Copyable)?
  /// The stream whose descriptor the source borrows, if it does, and which goes after the source.
  var owner: UnixStream?
  private let registry: Registry
  /// The latest token, and for recent ones the poll during which they ended: `.max` for one that stands.
  private let ledger: Guarded<(latest: Token, ends: [Token: UInt64])>
  /// The wakes that were asked for, and those of them that an event has followed.
  private let asked = Atomic<Int>(0)
  private let seen = Atomic<Int>(0)

  init(number: UInt, _ registry: Registry) {
    self.registry = registry
    ledger = Guarded((Token(number << 40), [:]))
  }

  var isOpen: Bool { source != nil }
  var isListener: Bool { source?.isListener ?? false }
  /// The token that was issued last.
  var token: Token { ledger.withState { $0.latest } }
  private var isRegistered: Bool { ledger.withState { $0.ends[$0.latest] == UInt64.max } }

  /// Issues a new token.
  func issue() -> Token {
    ledger.withState {
      $0.latest = Token($0.latest.rawValue + 1)
      $0.ends[$0.latest] = .max
      return $0.latest
    }
  }

  /// Records that a token's registration has ended.
  func retire(_ token: Token) {
    // An addition instead of a load takes its turn among the beginnings of polls: a poll with a greater number begins
    // after this.
    let poll = Self.polls.add(0, ordering: .sequentiallyConsistent).newValue
    ledger.withState {
      $0.ends = $0.ends.filter { $0.value >= poll }
      $0.ends[token] = poll
    }
  }

  /// Returns whether the registration of an event from the present poll stands.
  ///
  /// If it ended during the poll, the poll may have fetched the event before. If it had ended when the poll began, or
  /// the token was never issued, the program fails.
  func confirms(_ event: Event) -> Bool {
    let end = ledger.withState { $0.ends[event.token] }
    guard let end, end >= Self.polls.load(ordering: .relaxed) else {
      fail("fuzz-probe: \(event) is of no registration, or of one that had ended when the poll began")
    }
    guard end == .max else {
      count(.raced)
      return false
    }
    // Only the wake makes visible that it was asked for.
    seen.store(asked.load(ordering: .relaxed), ordering: .relaxed)
    return true
  }

  /// Wakes the poll by a waker that is registered here.
  func wake(_ waker: Waker) throws(IOError) {
    asked.add(1, ordering: .relaxed)
    try waker.wake()
    count(.woken)
  }

  /// Waits until an event has followed every wake, and ends the program if a wake is lost.
  func awaitEvents() {
    let deadline = ContinuousClock.now + .seconds(10)
    while seen.load(ordering: .relaxed) < asked.load(ordering: .relaxed) {
      guard ContinuousClock.now < deadline else { fail("fuzz-probe: a wake of \(token) was lost") }
      sched_yield()
    }
  }

  /// Changes the registration of an open source, or finds that the call is refused and changes nothing.
  func change(_ change: Change, _ interests: Interests) {
    guard isOpen else { return }
    let former = token
    let refusal: IOError.Kind? = isRegistered != (change == .register) ? nil : isRegistered ? .alreadyExists : .notFound
    let token = refusal == nil && change != .deregister ? issue() : former
    var error: IOError?
    do throws(IOError) {
      switch change {
      case .register: try registry.register(&source!, token: token, interests: interests)
      case .reregister: try registry.reregister(&source!, token: token, interests: interests)
      case .deregister: try registry.deregister(&source!)
      }
    } catch let thrown {
      error = thrown
    }
    guard error?.kind == refusal else { fail("fuzz-probe: \(change) threw \(error, default: "nothing")") }
    count(refusal == nil ? .changed : .refused)
    if refusal == nil, change != .register { retire(former) }
  }

  /// Registers or reregisters the source.
  func arm(_ interests: Interests) { change(isRegistered ? .reregister : .register, interests) }

  /// Closes or drops the source, registered or not.
  func close(byName: Bool) throws(IOError) {
    guard isOpen else { return }
    if let source = source.take(), byName { try source.close() }
    owner = nil
    if isRegistered { retire(token) }
    count(.closed)
  }

  /// Reads once and returns the number of bytes: 0 at the end of a stream or after an error, `nil` if that would block.
  func read() throws(IOError) -> Int? {
    var buffer = InlineArray<512, UInt8>(repeating: 0)
    do throws(IOError) {
      return try source?.read(into: buffer.mutableSpan)
    } catch .brokenPipe, .connectionReset, .connectionRefused, .notConnected {
      return 0
    }
  }

  /// Reads until nothing is left, and returns whether there was anything, even if only the end of the stream.
  func drain() throws(IOError) -> Bool {
    var hasRead = false
    while let count = try read() {
      hasRead = true
      if count == 0 { break }
    }
    return hasRead
  }

  /// Writes once, and returns whether that was possible.
  func write(_ count: Int) throws(IOError) -> Bool {
    let bytes = InlineArray<512, UInt8>(repeating: 7)
    do throws(IOError) {
      return try source?.write(bytes.span.extracting(..<count)) != nil
    } catch .brokenPipe, .connectionReset, .connectionRefused, .notConnected {
      return false
    }
  }
}

/// Gives two closed ends sources that are connected with each other, of one of eight kinds.
func connect(_ left: End, _ right: End, kind: Int) throws(IOError) {
  func open<A: AnySource & ~Copyable, B: AnySource & ~Copyable>(_ pair: consuming Pair<A, B>) {
    left.source = consume pair.first
    right.source = consume pair.second
    count(.made)
  }
  let loopback = SocketAddress(IPv4Address.loopback, port: 0)
  switch kind {
  case 0, 1:
    let listener = try TCPListener(bindingTo: loopback)
    // A reset instead of an orderly close leaves no port occupied for a minute.
    let stream = try TCPStream(connectingTo: listener.localAddress, options: [.linger(.zero)])
    if kind == 0 { return open(Pair(stream, listener)) }
    while true {
      if let accepted = try listener.accept() { return open(Pair(stream, accepted.stream)) }
    }
  case 2:
    let first = try UDPSocket(bindingTo: loopback)
    let second = try UDPSocket(bindingTo: loopback)
    try first.connect(to: second.localAddress)
    try second.connect(to: first.localAddress)
    open(Pair(first, second))
  case 3: try open(UnixStream.pair())
  case 4: try open(UnixDatagramSocket.pair())
  case 5:
    // An abstract name leaves no file behind.
    let name = try UnixAddress(abstractName: "fuzz-probe-\(UInt64.random(in: .min ... .max))")
    let listener = try UnixListener(bindingTo: name)
    try open(Pair(UnixStream(connectingTo: name), listener))
  #if !Simulated
  case 6:
    let pair = try UnixStream.pair()
    open(Pair(BorrowedDescriptor(pair.first.rawDescriptor), pair.second))
    left.owner = consume pair.first
  #endif
  default:
    let pipe = try PipeEnds()
    open(Pair(pipe.reader, pipe.writer))
  }
}

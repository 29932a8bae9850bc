import MetalIO
import Synchronization

/// A thread's share of the work: random operations on couples of its own, until the time is over.
struct Worker: ~Copyable {
  let index: Int
  let shared: Shared
  var random: SplitMix64
  var couples = Slab<Couple>()
  var listener: End
  var connector: TCPListener
  var buffer = InlineArray<512, UInt8>(repeating: 7)

  init(index: Int, seed: UInt64, _ shared: Shared) throws(IOError) {
    var connector = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    let token = shared.ledger.issue(at: Shared.listenerPlace(of: index))
    try shared.registry.register(&connector, token: token, interests: .readable)
    self.index = index
    self.shared = shared
    var seeds = SplitMix64(seed: seed &+ UInt64(index))
    random = SplitMix64(seed: seeds.next())
    listener = End(place: Shared.listenerPlace(of: index))
    self.connector = connector
  }
}

extension Worker {
  /// Works until a point in time, and leaves its couples on the shelf.
  mutating func run(until deadline: ContinuousClock.Instant) throws(IOError) {
    for number in 0..<Shared.couplesPerWorker {
      couples.insert(Couple(firstPlace: 2 * (index * Shared.couplesPerWorker + number)))
    }
    while ContinuousClock.now < deadline {
      for _ in 0..<64 { try act() }
    }
    shared.wakes.awaitEvents(index)
    while let token = couples.firstToken {
      shared.shelf.withLock { shelf in
        if let couple = couples.remove(token) { shelf.insert(couple) }
      }
    }
    try shared.registry.deregister(&connector)
    shared.ledger.retire(shared.ledger.token(at: listener.place))
  }

  /// Does one thing.
  private mutating func act() throws(IOError) {
    switch random.below(64) {
    case 0: try wake()
    case 1: try wakeBriefly()
    case 2: exchange()
    case 3: try moveListener()
    default: try workOnCouple()
    }
  }

  /// Wakes the poll some times, and waits for the event at once or not before the next time.
  private mutating func wake() throws(IOError) {
    shared.wakes.awaitEvents(index)
    for _ in 0...random.below(3) {
      try shared.wakes.wake(index)
      count(shared.counts.woken)
    }
    if random.below(2) == 0 { shared.wakes.awaitEvents(index) }
  }

  /// Makes a waker, which goes with its wake pending or delivered, or without having been used.
  private mutating func wakeBriefly() throws(IOError) {
    let place = Shared.wakerPlace(of: index)
    try useWaker(token: shared.ledger.issue(at: place), wakes: random.below(3), waits: random.below(2) == 0)
    shared.ledger.retire(shared.ledger.token(at: place))
  }

  /// A function of its own, so that the waker has gone when it returns.
  @inline(never)
  private func useWaker(token: Token, wakes: Int, waits: Bool) throws(IOError) {
    let waker = try shared.registry.makeWaker(token: token)
    for _ in 0..<wakes {
      try waker.wake()
      count(shared.counts.woken)
    }
    if wakes > 0, waits { shared.ledger.awaitReport(of: token) }
    withExtendedLifetime(waker) {}
  }

  /// Puts a couple on the shelf and takes another, registered as it may be.
  private mutating func exchange() {
    guard let mine = randomToken() else { return }
    let choice = random.below(Shared.couplesOnShelf)
    shared.shelf.withLock { shelf in
      // When the other workers have finished there are more than usual, never fewer.
      var theirs = shelf.firstToken
      for _ in 0..<choice { theirs = theirs.flatMap { shelf.token(after: $0) } ?? theirs }
      if let theirs, let taken = shelf.remove(theirs), let given = couples.remove(mine) {
        shelf.insert(given)
        couples.insert(taken)
      }
    }
    count(shared.counts.exchanged)
  }

  /// Reregisters the listener, or takes it out of the poll and puts it back in.
  private mutating func moveListener() throws(IOError) {
    let former = shared.ledger.token(at: listener.place)
    if random.below(2) == 0 {
      let token = shared.ledger.issue(at: listener.place)
      try shared.registry.reregister(&connector, token: token, interests: .readable)
      shared.ledger.retire(former)
      count(shared.counts.reregistered)
    } else {
      try shared.registry.deregister(&connector)
      shared.ledger.retire(former)
      let token = shared.ledger.issue(at: listener.place)
      try shared.registry.register(&connector, token: token, interests: .readable)
      count(shared.counts.deregistered)
      count(shared.counts.registered)
    }
  }

  private mutating func randomToken() -> Token? {
    var token = couples.firstToken
    for _ in 0..<random.below(Shared.couplesPerWorker) {
      token = token.flatMap { couples.token(after: $0) } ?? token
    }
    return token
  }

  /// Does something to one end of a couple, or makes the couple anew when both ends are closed.
  private mutating func workOnCouple() throws(IOError) {
    guard let token = randomToken() else { return }
    let (isLeft, operation, detail) = (random.below(2) == 0, random.below(17), random.below(35))
    _ = try couples.update(token) { couple throws(IOError) in
      if !couple.left.source.isOpen, !couple.right.source.isOpen {
        try couple.renew(kind: detail % Couple.kinds, connector)
        count(shared.counts.made)
      } else if isLeft {
        try couple.left.work(operation, detail, &buffer, shared)
      } else {
        try couple.right.work(operation, detail, &buffer, shared)
      }
    }
  }
}

extension End {
  /// Does one thing to the end; most often it stays open and registered.
  fileprivate mutating func work(
    _ operation: Int, _ detail: Int, _ buffer: inout InlineArray<512, UInt8>, _ shared: Shared
  ) throws(IOError) {
    let choice: [Interests] = [.readable, .writable, [.readable, .writable], [.readable, .priority], .priority]
    let interests = choice[detail % choice.count]
    switch operation {
    case 0:
      if source.isOpen { count(shared.counts.closed) }
      try close(byName: detail % 2 == 0, shared)
    case 1, 2:
      deregister(shared)
      count(shared.counts.deregistered)
    case 3...5:
      reregister(interests, shared)
      count(shared.counts.reregistered)
    case 6...9:
      register(interests, shared)
      count(shared.counts.registered)
    case 10...12:
      if try write(buffer.span.extracting(..<(1 + 14 * detail))) { count(shared.counts.written) }
    case 13:
      if try source.sendUrgent() { count(shared.counts.urged) }
    default:
      if try read(into: &buffer) != nil { count(shared.counts.read) }
    }
  }
}

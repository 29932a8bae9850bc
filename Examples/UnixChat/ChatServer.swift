import Accepting
public import MetalIO

/// A line-based chat on a Unix stream socket, on any selector.
///
/// Each line that a member sends goes to all others, after the member's number. Members are told who comes and goes.
/// A member leaves by closing its connection or its sending half; then it still gets what it is owed. The server drops
/// a member that does not read when more than 64 KiB wait for it.
///
/// One thread, one poll. The slab lends one member at a time. So the server collects a member's lines in the outbox
/// first, and then sends them to the others one by one.
public struct ChatServer<S: Selector>: ~Copyable {
  var poll: S.Poll
  var listener: S.UnixListener
  var members = Slab<ChatMember<S>>()
  var membersSoFar = 0
  var buffer = ChatMember<S>.Buffer(repeating: 0)

  /// What is to be told next: what one read brought, or one notice, so it stays small.
  var outbox: [UInt8] = []

  /// The numbers of members dropped while they were told something, for notices to the others.
  var dropped: [Int] = []

  var accepting: AcceptSchedule<S.K>
  var isStopping = false

  var listenerToken: Token { 0 }
  var stopToken: Token { 1 }

  /// Full buffers heard from one member in one turn before the others get theirs.
  var fairShare: Int { 4 }

  /// Makes the socket's file and listens.
  ///
  /// The file stays when the server goes: removing it is the caller's part.
  public init(bindingTo address: UnixAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try S.UnixListener(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    self.poll = poll
    self.listener = listener
    accepting = AcceptSchedule(on: kernel)
  }

  /// Makes a waker that stops the server from any thread.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves until the stopper wakes the poll.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 256)
    while !isStopping {
      try turn(&events)
    }
  }

  /// Waits once and handles what happened.
  @inline(__always)
  public mutating func turn(_ events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: accepting.timeout(atMost: timeout))
    } catch .interrupted {
      return
    }
    while let event = events.popFirst() {
      switch event.token {
      case listenerToken: accepting.listenerHasEvent()
      case stopToken: isStopping = true
      default: try serve(event)
      }
    }
    if accepting.isDue { try acceptMembers() }
  }

  /// Accepts the members that wait, if it is time to.
  @inline(never)
  mutating func acceptMembers() throws(IOError) {
    // A copy, since the closure changes the server.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext() }
  }

  /// Accepts one member; returns false if none waits.
  mutating func acceptNext() throws(IOError) -> Bool {
    guard let accepted = try listener.accept() else { return false }
    var stream = accepted.stream
    let token = members.nextToken
    try poll.registry.register(&stream, token: token, interests: .readable)
    membersSoFar += 1
    let greeting = "* you are \(membersSoFar)\n"
    members.insert(ChatMember(stream, number: membersSoFar))
    let registry = poll.registry
    _ = members.update(token) { $0.tell(greeting.utf8.span, token, registry) }
    announce("* \(membersSoFar) has joined", except: token)
    return true
  }
}

// MARK: - Members

extension ChatServer {
  mutating func serve(_ event: S.Event) throws(IOError) {
    let token = event.token
    let count = members.count
    if event.isWritable || event.isError {
      let registry = poll.registry
      if members.update(token, { $0.flush(token, registry) }) == .ended { drop(token) }
    }
    if event.isReadable || event.isReadClosed || event.isError { try hear(token) }
    if members.count < count { accepting.descriptorCameFree() }
  }

  /// Passes on what a member says until it has said everything, or this turn's share is used up.
  mutating func hear(_ token: Token) throws(IOError) {
    let registry = poll.registry
    for _ in 0..<fairShare {
      guard let outcome = members.update(token, { $0.listen(&buffer, &outbox) }) else { return }
      // What it said goes out, whatever became of it.
      tellOutbox(except: token)
      switch outcome {
      case .spoke: continue
      case .waiting: return
      case .ended: return drop(token)
      case .finished:
        announceLeaving(of: token)
        // Nothing may be owed to it, and then no event will come that ends the connection.
        if members.update(token, { $0.flush(token, registry) }) == .ended { members.remove(token) }
        return
      }
    }
    // There may be more. Reregistering reports the condition again, after the other members' events.
    try members.update(token) { member throws(IOError) in
      try registry.reregister(&member.stream, token: token, interests: member.interests)
    }
  }

  /// Removes a member whose connection is over, and tells the others unless they know.
  mutating func drop(_ token: Token) {
    guard let member = members.remove(token), !member.hasLeft else { return }
    announce("* \(member.number) has left", except: token)
  }

  mutating func announceLeaving(of token: Token) {
    guard let number = members.withElement(token, { $0.number }) else { return }
    announce("* \(number) has left", except: token)
  }
}

// MARK: - Telling

extension ChatServer {
  mutating func announce(_ notice: String, except token: Token) {
    outbox.append(contentsOf: notice.utf8)
    outbox.append(UInt8(ascii: "\n"))
    tellOutbox(except: token)
  }

  /// Tells all members but one what the outbox holds, and empties it.
  ///
  /// Members whose backlog is full are dropped. The notices of that may fill another's, but each time there is a
  /// member less, so it comes to an end.
  mutating func tellOutbox(except speaker: Token) {
    guard !outbox.isEmpty else { return }
    tellOthers(speaker)
    while let number = dropped.popLast() {
      outbox.append(contentsOf: "* \(number) was dropped: it does not read\n".utf8)
      // The speaker too: this is news to it.
      tellOthers(nil)
    }
  }

  mutating func tellOthers(_ speaker: Token?) {
    let registry = poll.registry
    // In a local variable, for a closure that uses a span of the server's would borrow all of the server.
    var words: [UInt8] = []
    swap(&words, &outbox)
    var next = members.firstToken
    while let token = next {
      next = members.token(after: token)
      if token == speaker { continue }
      let outcome = members.update(token) { $0.tell(words.span, token, registry) }
      if outcome == .ended, let member = members.remove(token) { dropped.append(member.number) }
    }
    words.removeAll(keepingCapacity: true)
    swap(&words, &outbox)
  }
}

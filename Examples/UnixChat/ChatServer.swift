import Accepting
public import MetalIO

/// A line-based chat on a Unix stream socket, on any selector.
///
/// The server sends each line of a member, with the number of the member, to all other members. The server also
/// announces each member that joins or leaves. A member leaves by closing its connection or its sending half. After a
/// half-close, the member still receives its backlog. If more than 64 KiB wait for a member that does not read, the
/// server drops the member.
///
/// The server uses one thread and one poll. The slab lends one member at a time. So the server first collects the lines
/// of a member in the outbox, and then sends them to the other members one by one.
public struct ChatServer<S: Selector>: ~Copyable {
  var poll: S.Poll
  var listener: S.UnixListener
  var members = Slab<ChatMember<S>>()
  var membersSoFar = 0
  var buffer = ChatMember<S>.Buffer(repeating: 0)

  /// The bytes to send next.
  ///
  /// The outbox stays small, because it holds the lines of one read, or one notice.
  var outbox: [UInt8] = []

  /// The numbers of members that were dropped during sending; a notice informs the others.
  var dropped: [Int] = []

  var accepting: AcceptSchedule<S.K>
  var isStopping = false

  var listenerToken: Token { 0 }
  var stopToken: Token { 1 }

  /// The number of full buffers that one turn reads from a member, before the other members get their turn.
  var fairShare: Int { 4 }

  /// Makes the file of the socket and listens.
  ///
  /// The server does not remove the file; the caller does.
  ///
  /// - Parameters:
  ///   - address: The address with the path of the file.
  ///   - kernel: The kernel on which the server runs.
  /// - Throws: The errors of `S.Poll(on:)` and `S.UnixListener(bindingTo:on:)`, such as `.addressInUse` if the file
  ///   exists.
  public init(bindingTo address: UnixAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try S.UnixListener(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    self.poll = poll
    self.listener = listener
    accepting = AcceptSchedule(on: kernel)
  }

  /// Makes a waker that stops the server from any thread.
  ///
  /// - Throws: `.tooManyOpenFiles` if the waker needs a descriptor and none is left.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves clients until the stopper wakes the poll.
  ///
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 256)
    while !isStopping {
      try turn(&events)
    }
  }

  /// Waits once and handles the events.
  ///
  /// - Parameters:
  ///   - events: A container for events, which the server reuses.
  ///   - timeout: The longest time to wait; `nil` waits without a limit.
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
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

  /// Accepts the waiting members if accepting is due.
  @inline(never)
  mutating func acceptMembers() throws(IOError) {
    // The code works on a copy, because the closure changes the server.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext() }
  }

  /// Accepts one member; returns `false` if none waits.
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

  /// Forwards the lines of a member until reading would block, or the turn reaches its limit.
  mutating func hear(_ token: Token) throws(IOError) {
    let registry = poll.registry
    for _ in 0..<fairShare {
      guard let outcome = members.update(token, { $0.listen(&buffer, &outbox) }) else { return }
      // The received lines go out even if the member has left.
      tellOutbox(except: token)
      switch outcome {
      case .spoke: continue
      case .waiting: return
      case .ended: return drop(token)
      case .finished:
        announceLeaving(of: token)
        // If the member has no backlog, no further event will end its connection.
        if members.update(token, { $0.flush(token, registry) }) == .ended { members.remove(token) }
        return
      }
    }
    // More bytes may wait. Reregistering reports the condition again, after the other members' events.
    try members.update(token) { member throws(IOError) in
      try registry.reregister(&member.stream, token: token, interests: member.interests)
    }
  }

  /// Removes a member after the end of its connection, and informs the others unless they know.
  mutating func drop(_ token: Token) {
    guard let member = members.remove(token), !member.hasLeft else { return }
    announce("* \(member.number) has left", except: token)
  }

  mutating func announceLeaving(of token: Token) {
    guard let number = members.withElement(token, { $0.number }) else { return }
    announce("* \(number) has left", except: token)
  }
}

// MARK: - Sending

extension ChatServer {
  mutating func announce(_ notice: String, except token: Token) {
    outbox.append(contentsOf: notice.utf8)
    outbox.append(UInt8(ascii: "\n"))
    tellOutbox(except: token)
  }

  /// Sends the outbox to all members except the speaker, and empties it.
  ///
  /// Members with a full backlog are dropped. A notice about a dropped member may fill the backlog of another member.
  /// The loop ends, because each round has one member less.
  mutating func tellOutbox(except speaker: Token) {
    guard !outbox.isEmpty else { return }
    tellOthers(speaker)
    while let number = dropped.popLast() {
      outbox.append(contentsOf: "* \(number) was dropped: it does not read\n".utf8)
      // The notice goes to the speaker as well.
      tellOthers(nil)
    }
  }

  mutating func tellOthers(_ speaker: Token?) {
    let registry = poll.registry
    // A local variable holds the bytes, because a closure that uses a span of the server would borrow all of the
    // server.
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

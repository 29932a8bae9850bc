import MetalIO

/// The members of a chat.
///
/// The slab lends one member at a time. So the room first collects the lines of a member in the outbox, and then sends
/// them to the other members one by one.
struct ChatRoom<S: Selector>: ~Copyable {
  let registry: S.Registry
  var members = Slab<ChatMember<S>>()
  var membersSoFar = 0
  var buffer = ChatMember<S>.Buffer(repeating: 0)

  /// The bytes to send next.
  ///
  /// The outbox stays small, because it holds the lines of one read, or one notice.
  var outbox: [UInt8] = []

  /// The numbers of the members that the room has dropped while sending.
  ///
  /// A notice then informs the other members.
  var dropped: [Int] = []

  /// The number of full buffers that one turn reads from a member, before the other members get their turn.
  var fairShare: Int { 4 }

  init(_ registry: S.Registry) {
    self.registry = registry
  }
}

// MARK: - Members

extension ChatRoom {
  /// Accepts one member.
  ///
  /// - Returns: `false` if no client waits.
  @inline(never)
  mutating func acceptNext(from listener: borrowing S.UnixListener) throws(IOError) -> Bool {
    guard let accepted = try listener.accept() else { return false }
    var stream = accepted.stream
    let token = members.nextToken
    try registry.register(&stream, token: token, interests: .readable)
    membersSoFar += 1
    let greeting = "* you are \(membersSoFar)\n"
    members.insert(ChatMember(stream, number: membersSoFar))
    _ = members.update(token) { $0.tell(greeting.utf8.span, token, registry) }
    announce("* \(membersSoFar) has joined", except: token)
    return true
  }

  /// Handles an event of a member.
  ///
  /// - Returns: Whether the room has dropped a member.
  mutating func serve(_ event: S.Event) throws(IOError) -> Bool {
    let token = event.token
    let count = members.count
    if event.isWritable || event.isError {
      if members.update(token, { $0.flush(token, registry) }) == .ended { drop(token) }
    }
    if event.isReadable || event.isReadClosed || event.isError { try hear(token) }
    return members.count < count
  }

  /// Forwards the lines of a member until reading would block, or the turn reaches its limit.
  mutating func hear(_ token: Token) throws(IOError) {
    for _ in 0..<fairShare {
      guard let outcome = members.update(token, { $0.listen(&buffer, &outbox) }) else { return }
      // The room sends the received lines even if the member has left.
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
    // More bytes may wait. After reregistering, the poll reports the member again, behind the events of the others.
    try members.update(token) { member throws(IOError) in
      try registry.reregister(&member.stream, token: token, interests: member.interests)
    }
  }

  /// Removes a member after the end of its connection.
  ///
  /// If the room has not yet announced that the member leaves, the room informs the others.
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

extension ChatRoom {
  mutating func announce(_ notice: String, except token: Token) {
    outbox.append(contentsOf: notice.utf8)
    outbox.append(UInt8(ascii: "\n"))
    tellOutbox(except: token)
  }

  /// Sends the outbox to all members except the speaker, and empties it.
  ///
  /// The room drops a member whose backlog is full. A notice about the dropped member may fill the backlog of another
  /// member. The loop ends, because each round has one member less.
  mutating func tellOutbox(except speaker: Token) {
    guard !outbox.isEmpty else { return }
    tellOthers(speaker)
    while let number = dropped.popLast() {
      outbox.append(contentsOf: "* \(number) was dropped: it does not read\n".utf8)
      // The room sends the notice to the speaker as well.
      tellOthers(nil)
    }
  }

  mutating func tellOthers(_ speaker: Token?) {
    // A closure that uses a span of the outbox would borrow the whole room. So a local variable holds the bytes.
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

public import MetalCore

/// Makes level-triggered readiness edge-triggered.
///
/// poll(2) returns at once for as long as a condition holds. So a direction that was reported is disarmed. An operation
/// that blocks or takes something arms it again: the condition has ended, or may have ended. Hang-ups and errors cannot
/// be masked. A descriptor in such a state is muted, which makes poll(2) pass over it, and the same operations unmute
/// it. If poll(2) then sees the same condition as before, it is not reported a second time.
@usableFromInline
struct Readiness: BitwiseCopyable, Equatable {
  /// The conditions that the program is interested in.
  let interests: Conditions
  /// The conditions that poll(2) looks for.
  private(set) var armed: Conditions
  /// Lasting conditions that have been reported: hung up, error, read-closed.
  private(set) var reported: Conditions = []
  /// Whether poll(2) passes over the descriptor.
  private(set) var isMuted = false

  init(interests: Conditions) {
    self.interests = interests
    armed = interests
  }

  /// Takes the conditions that poll(2) saw, and returns those to report: none if they are the same as before.
  mutating func take(_ seen: Conditions) -> Conditions {
    let lasting = seen.intersection([.hungUp, .error])
    var news = seen.intersection(armed)
    if !news.isEmpty || !lasting.isSubset(of: reported) {
      news.formUnion(lasting)
      // The end of the stream can be read, even if the data before it was reported and not read yet.
      if news.hasAny(of: .readClosed) { news.formUnion(interests.intersection(.readable)) }
      armed.subtract(news)
    }
    reported = lasting.union(reported.union(news).intersection(.readClosed))
    isMuted = !lasting.isEmpty
    return news
  }

  /// Records that an operation would have blocked: the condition has ended.
  ///
  /// Hang-ups and errors have ended too, since the operation would have met them. The end of the stream lasts once it
  /// was reported. If the program does not empty an error queue, operations do not meet that error. The error is
  /// reported again all the same: if poll(2) passed over the descriptor for it, the data that comes next would be lost.
  @usableFromInline
  mutating func didBlock(_ interest: Interests) {
    reported.remove(.error)
    forgetHangUp()
    var flags = Conditions(interest)
    // Urgent data has its place in the stream: a program that has read everything has passed it.
    if interest.isReadable { flags.insert(.priority) }
    arm(flags)
  }

  /// Records that an operation has taken something: the condition may have ended.
  ///
  /// A hang-up may have ended as well: the bytes may be from another writer, which has opened the FIFO since.
  @usableFromInline
  mutating func didTake(_ interest: Interests) {
    forgetHangUp()
    // Only an operation of the program's own stands for all directions; it may have taken an error as well.
    if interest == .all { reported.remove(.error) }
    arm(Conditions(interest))
  }

  /// Records that an operation has failed, which has returned the pending error.
  ///
  /// A broken pipe is not a pending error: it lasts.
  @usableFromInline
  mutating func didFail(_ error: IOError) {
    guard error.kind != .brokenPipe else { return }
    reported.remove(.error)
    arm([])
  }

  /// Lets the next hang-up be reported again: it may be a new one.
  ///
  /// After the end of the stream was reported, the hang-up is not: a datagram socket that was shut down stays readable
  /// for poll(2) although receiving would block.
  private mutating func forgetHangUp() {
    if !reported.hasAny(of: .readClosed) { reported.remove(.hungUp) }
  }

  private mutating func arm(_ flags: Conditions) {
    armed.formUnion(flags.intersection(interests))
    // After the end of the stream was reported, nothing new can come.
    if reported.hasAny(of: .readClosed) { armed.subtract([.readable, .readClosed]) }
    isMuted = false
  }
}

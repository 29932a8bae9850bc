public import MetalCore

/// How level-triggered readiness becomes edge-triggered.
///
/// poll(2) returns at once for as long as a condition holds. So a direction that was told is disarmed, and armed again
/// when an operation shows that the condition has ended or may have: by blocking, or by taking something. Hang-ups and
/// errors cannot be masked: a descriptor in such a state is muted, which makes poll(2) pass over it, and looked at again
/// after the same operations. What is the same as before then is not told a second time.
@usableFromInline
struct Readiness: BitwiseCopyable, Equatable {
  /// What the program wants to know.
  let interests: Conditions
  /// What poll(2) is asked for.
  private(set) var armed: Conditions
  /// Lasting conditions that have been told: hung up, error, read-closed.
  private(set) var told: Conditions = []
  /// Whether poll(2) passes over the descriptor.
  private(set) var isMuted = false

  init(interests: Conditions) {
    self.interests = interests
    armed = interests
  }

  /// Takes what poll(2) has seen and returns what of it is to be told: nothing if it is the same as before.
  mutating func take(_ seen: Conditions) -> Conditions {
    let lasting = seen.intersection([.hungUp, .error])
    var news = seen.intersection(armed)
    if !news.isEmpty || !lasting.isSubset(of: told) {
      news.formUnion(lasting)
      // The end of the stream can be read, even if what came before it was told and not read yet.
      if news.hasAny(of: .readClosed) { news.formUnion(interests.intersection(.readable)) }
      armed.subtract(news)
    }
    told = lasting.union(told.union(news).intersection(.readClosed))
    isMuted = !lasting.isEmpty
    return news
  }

  /// An operation would have blocked, so the condition has ended; so have hang-ups and errors, which it would have met.
  ///
  /// The end of the stream lasts once it was told. An error queue that nobody empties is an error that operations do
  /// not meet; it is told again all the same, since a descriptor that is passed over for it would lose the data that
  /// comes next.
  @usableFromInline
  mutating func didBlock(_ interest: Interests) {
    told.remove(.error)
    forgetHangUp()
    var flags = Conditions(interest)
    // Urgent data has its place in the stream: whoever has read all has passed it.
    if interest.isReadable { flags.insert(.priority) }
    arm(flags)
  }

  /// An operation has taken something, so the condition may have ended, and a hang-up as well: what was taken may be
  /// from somebody who has opened the FIFO since.
  @usableFromInline
  mutating func didTake(_ interest: Interests) {
    forgetHangUp()
    // Only an operation of the program's own stands for all directions; it may have taken an error as well.
    if interest == .all { told.remove(.error) }
    arm(Conditions(interest))
  }

  /// An operation has failed, and a pending error was told with it.
  ///
  /// A broken pipe is no pending error but lasts.
  @usableFromInline
  mutating func didFail(_ error: IOError) {
    guard error.kind != .brokenPipe else { return }
    told.remove(.error)
    arm([])
  }

  /// Has a hang-up told again when it is seen, for it may be another one by then.
  ///
  /// It is not once the end of the stream was told: datagram sockets that are shut down can be read for ever, as poll(2)
  /// has it, and receiving would block.
  private mutating func forgetHangUp() {
    if !told.hasAny(of: .readClosed) { told.remove(.hungUp) }
  }

  private mutating func arm(_ flags: Conditions) {
    armed.formUnion(flags.intersection(interests))
    // After the end of the stream was told, nothing new can come.
    if told.hasAny(of: .readClosed) { armed.subtract([.readable, .readClosed]) }
    isMuted = false
  }
}

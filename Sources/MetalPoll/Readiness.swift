public import MetalCore

/// The state that makes the level-triggered readiness of a descriptor edge-triggered.
///
/// poll(2) returns at once while a condition holds. Therefore the selector disarms each direction that it has reported.
/// An operation that blocks or takes something arms the direction again, because the condition has ended or may have
/// ended. A program cannot mask hang-ups and errors. After a hang-up or an error, the selector mutes the descriptor, so
/// that poll(2) ignores the descriptor. An operation that arms a direction also unmutes the descriptor. If poll(2) then
/// sees the same condition as before, the selector does not report the condition again.
@usableFromInline
struct Readiness: BitwiseCopyable, Equatable {
  /// The conditions that the program has registered for.
  let interests: Conditions
  /// The conditions that poll(2) checks.
  private(set) var armed: Conditions
  /// The lasting conditions that the selector has reported: hung up, error, read-closed.
  private(set) var reported: Conditions = []
  /// Whether poll(2) ignores the descriptor.
  private(set) var isMuted = false

  init(interests: Conditions) {
    self.interests = interests
    armed = interests
  }

  /// Takes the conditions that poll(2) saw, and returns the conditions to report.
  ///
  /// The result is empty if nothing is new.
  mutating func take(_ seen: Conditions) -> Conditions {
    let lasting = seen.intersection([.hungUp, .error])
    var news = seen.intersection(armed)
    if !news.isEmpty || !lasting.isSubset(of: reported) {
      news.formUnion(lasting)
      // The end of the stream makes a source readable again, even if the program has not read earlier data yet.
      if news.hasAny(of: .readClosed) { news.formUnion(interests.intersection(.readable)) }
      armed.subtract(news)
    }
    reported = lasting.union(reported.union(news).intersection(.readClosed))
    isMuted = !lasting.isEmpty
    return news
  }

  /// Records that an operation would have blocked, so the condition has ended.
  ///
  /// Hang-ups and errors have ended too, because the operation would have returned them. The end of the stream lasts.
  /// If the program does not empty an error queue, operations do not return the error in the queue. The selector still
  /// reports the error again. If poll(2) ignored the descriptor because of the error, the program would miss the next
  /// data.
  @usableFromInline
  mutating func didBlock(_ interest: Interests) {
    reported.remove(.error)
    forgetHangUp()
    var flags = Conditions(interest)
    // Urgent data has its place in the stream, so a program that has read everything has passed the urgent data.
    if interest.isReadable { flags.insert(.priority) }
    arm(flags)
  }

  /// Records that an operation has taken something, so the condition may have ended.
  ///
  /// A hang-up may also have ended. The bytes may come from a new writer that has opened the FIFO after the hang-up.
  @usableFromInline
  mutating func didTake(_ interest: Interests) {
    forgetHangUp()
    // Only the program's own operation stands for all directions, and the operation may also have taken an error.
    if interest == .all { reported.remove(.error) }
    arm(Conditions(interest))
  }

  /// Records that an operation has failed and so has returned the pending error.
  ///
  /// A broken pipe is a lasting condition, not a pending error.
  @usableFromInline
  mutating func didFail(_ error: IOError) {
    guard error.kind != .brokenPipe else { return }
    reported.remove(.error)
    arm([])
  }

  /// Lets the selector report the next hang-up, because the hang-up may be new.
  ///
  /// After the selector has reported the end of the stream, it does not report the hang-up again. After shutdown(2),
  /// poll(2) reports a datagram socket as readable, although receiving would block.
  private mutating func forgetHangUp() {
    if !reported.hasAny(of: .readClosed) { reported.remove(.hungUp) }
  }

  private mutating func arm(_ flags: Conditions) {
    armed.formUnion(flags.intersection(interests))
    // After a reported end of the stream, nothing new can arrive.
    if reported.hasAny(of: .readClosed) { armed.subtract([.readable, .readClosed]) }
    isMuted = false
  }
}

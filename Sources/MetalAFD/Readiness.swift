#if METAL_WINDOWS
internal import MetalCore

/// The state that makes the level-triggered readiness of a socket edge-triggered.
///
/// A request to AFD completes at once while one of its conditions holds. Therefore the selector disarms each condition
/// that it has reported. An operation that would block or takes something arms the conditions of its direction again,
/// because these conditions have ended or may have ended. The end of the stream, a reset and a failed attempt to
/// connect are lasting conditions. After the selector has reported a lasting condition, only reregistering arms the
/// condition again.
struct Readiness: BitwiseCopyable {
  /// The conditions that the program has registered for.
  private let interests: Conditions
  /// The conditions that the next request asks for.
  private(set) var armed: Conditions
  /// The lasting conditions that the selector has reported.
  private var reported: Conditions = []

  init(interests: Interests) {
    self.interests = Conditions(interests)
    armed = self.interests.union(.always)
  }

  /// Whether the selector has reported a reset or a failed attempt to connect.
  private var hasFailed: Bool { reported.hasAny(of: [.aborted, .connectFailed]) }

  /// Whether the selector must ask AFD for a condition.
  var needsRequest: Bool { armed != .closed }

  /// Takes the conditions that AFD saw, and returns the conditions to report.
  ///
  /// The result is empty if nothing is new.
  mutating func take(_ seen: Conditions) -> Conditions {
    var news = seen.intersection(armed).subtracting(.closed)
    // After a reset or a failed attempt, every operation returns at once. At the end of the stream, every read returns
    // at once.
    if news.hasAny(of: [.aborted, .connectFailed]) {
      news.formUnion(interests.intersection([.readable, .writable]))
    } else if news.hasAny(of: .readClosed) {
      news.formUnion(interests.intersection(.readable))
    }
    reported.formUnion(news.intersection([.readClosed, .aborted, .connectFailed]))
    // After a reset or a failed attempt, nothing new can come.
    armed = hasFailed ? .closed : armed.subtracting(news)
    return news
  }

  /// Whether an error is transient, so that the operation may succeed later.
  ///
  /// AFD reports the error of a datagram socket as readable, and the operation has taken the error. A shortage of memory
  /// is transient as well.
  static func isTransient(_ kind: IOError.Kind) -> Bool {
    switch kind {
    case .connectionRefused, .connectionReset, .hostUnreachable, .networkUnreachable, .networkDown, .timedOut: true
    case .noBufferSpace, .outOfMemory: true
    default: false
    }
  }

  /// Arms a direction again after an operation that would have blocked or that has taken something.
  mutating func rearm(_ interest: Interests) {
    if hasFailed { return }
    var flags = Conditions(interest)
    // Urgent data has its place in the stream, so a program that has read everything has passed the urgent data.
    if interest.isReadable { flags.insert(.priority) }
    flags.formIntersection(interests)
    if reported.hasAny(of: .readClosed) { flags.subtract([.readable, .readClosed]) }
    armed.formUnion(flags)
  }
}
#endif

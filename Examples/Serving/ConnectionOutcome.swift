/// The state in which a turn leaves a connection.
public enum ConnectionOutcome: Sendable {
  /// An event will report that there is more to do.
  case waiting
  /// The connection has reached the limit of this turn, and may have more to do at once.
  case interrupted
  /// The connection is over and can be dropped.
  case ended
}

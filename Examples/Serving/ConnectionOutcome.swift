/// The state of a connection after its part of a turn.
public enum ConnectionOutcome: Sendable {
  /// The connection has nothing to do before the next event.
  case waiting
  /// The connection has reached the limit of this turn, and may have more to do at once.
  case interrupted
  /// The connection has ended, and the server can drop it.
  case ended
}

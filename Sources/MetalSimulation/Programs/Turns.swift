/// The order in which programs get their turns, and the points where the turn passes.
public struct Turns: Hashable, Sendable {
  /// The rule that chooses the next program among those that can continue.
  public enum Order: Hashable, Sendable {
    /// The next program after the last one, in the order of starting.
    case inTurn
    /// A random program, drawn from the seed.
    case random
    /// The program with the highest priority.
    ///
    /// The seed decides the priorities, and selects `changes` turns among the first 1,000 turns. At each selected turn,
    /// the previous program gets the lowest priority. A negative number of changes stops the process.
    ///
    /// Source: Burckhardt and others, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010.
    case byPriority(changes: Int)
  }

  /// The rule that chooses the next program.
  public var order: Order
  /// Whether the turn may pass at every call, and not only where a poll waits.
  ///
  /// With `false`, the turn also passes after a poll with a timeout of zero that finds nothing, and after 1,000 calls
  /// without a wait.
  public var passesAtEveryCall: Bool

  /// Makes an order of turns.
  ///
  /// - Parameters:
  ///   - order: The rule that chooses the next program.
  ///   - passesAtEveryCall: Whether the turn may pass at every call.
  /// - Complexity: O(1); no allocation.
  public init(_ order: Order = .inTurn, passesAtEveryCall: Bool = false) {
    self.order = order
    self.passesAtEveryCall = passesAtEveryCall
  }
}

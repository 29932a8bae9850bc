/// The order in which the programs of a simulation go on, and where the turn passes from one to the next.
public struct Turns: Hashable, Sendable {
  /// The choice among the programs that can go on.
  public enum Order: Hashable, Sendable {
    /// The next one after the last, in the order in which they were started.
    case inTurn
    /// Any one, drawn from the seed.
    case random
    /// The one with the highest priority.
    ///
    /// The priorities are drawn from the seed. At so many of the first 1,000 turns, which are drawn as well, the program
    /// that had the turn gets the lowest. A negative number stops the process.
    ///
    /// Source: Burckhardt and others, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", 2010.
    case byPriority(changes: Int)
  }

  /// The choice among the programs that can go on.
  public var order: Order
  /// Whether the turn may pass at every call, and not only where a call waits.
  public var passesAtEveryCall: Bool

  /// Makes an order: in turn, at waits, unless given.
  public init(_ order: Order = .inTurn, passesAtEveryCall: Bool = false) {
    self.order = order
    self.passesAtEveryCall = passesAtEveryCall
  }
}

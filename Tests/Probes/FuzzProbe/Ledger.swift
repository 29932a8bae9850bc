import ExampleSupport
import MetalIO
import ProbeSupport
import Synchronization

/// What is known of the tokens: which were given out, and which polls may report them.
///
/// A token is the number of a place, where one source after the other is registered, and a generation, which grows
/// with each registration and reregistration there. Whoever holds the place issues a generation before the call that
/// registers it, and retires the former one after the call that ended it.
final class Ledger: Sendable {
  /// What came of judging an event's token.
  enum Verdict {
    /// The token's registration stood when the poll began, or was made since.
    case valid
    /// The registration ended while the poll was under way, which may be before or after the event was fetched.
    case raced
    /// So much happened while the poll was under way that nobody remembers when the registration ended.
    case forgotten
    /// No such token was ever given out.
    case invented
    /// The registration had ended when the poll began.
    case stale
  }

  /// How many generations of a place are remembered.
  static let memory: UInt64 = 64

  private let places: [Place]
  private let polls = Atomic<UInt64>(0)

  init(places count: Int) {
    places = (0..<count).map { _ in Place() }
  }

  /// Begins a poll and returns its number.
  func beginPoll() -> UInt64 {
    polls.add(1, ordering: .sequentiallyConsistent).newValue
  }

  /// The place's present token, for a call that must change nothing.
  func token(at place: Int) -> Token {
    Self.token(place, places[place].generation.load(ordering: .relaxed))
  }

  /// Gives out a new token for a place.
  func issue(at place: Int) -> Token {
    let record = places[place]
    let generation = record.generation.load(ordering: .relaxed) + 1
    record.retirements[Int(generation % Self.memory)].store(.max, ordering: .relaxed)
    record.generation.store(generation, ordering: .sequentiallyConsistent)
    return Self.token(place, generation)
  }

  /// Declares that a token's registration has ended.
  func retire(_ token: Token) {
    let (place, generation) = Self.parts(of: token)
    // An addition and no load, since it takes its turn among the beginnings of polls: a poll with a greater number
    // begins after this.
    let number = polls.add(0, ordering: .sequentiallyConsistent).newValue
    places[place].retirements[Int(generation % Self.memory)].store(number, ordering: .sequentiallyConsistent)
  }

  /// Judges a token that was reported by the poll of a number.
  func judge(_ token: Token, poll: UInt64) -> Verdict {
    let (place, generation) = Self.parts(of: token)
    guard place < places.count else { return .invented }
    let record = places[place]
    guard generation > 0, generation <= record.generation.load(ordering: .sequentiallyConsistent) else {
      return .invented
    }
    let retirement = record.retirements[Int(generation % Self.memory)].load(ordering: .sequentiallyConsistent)
    // Loaded after the retirement: if the generation is remembered still, then that retirement was its own.
    let latest = record.generation.load(ordering: .sequentiallyConsistent)
    guard latest - generation < Self.memory - 1 else { return .forgotten }
    if retirement == .max { return .valid }
    return retirement < poll ? .stale : .raced
  }

  /// Remembers that a token was reported.
  func noteReport(of token: Token) {
    let (place, generation) = Self.parts(of: token)
    places[place].reported.store(generation, ordering: .relaxed)
  }

  /// Waits until a token has been reported, and ends the program if that does not happen.
  func awaitReport(of token: Token) {
    let (place, generation) = Self.parts(of: token)
    let deadline = ContinuousClock.now + .seconds(10)
    while places[place].reported.load(ordering: .relaxed) != generation {
      guard ContinuousClock.now < deadline else { fail("fuzz-probe: \(token) should have been reported") }
      giveWay()
    }
  }

  private static let generationBits = 40

  private static func token(_ place: Int, _ generation: UInt64) -> Token {
    Token(rawValue: UInt(place) << generationBits | UInt(generation))
  }

  private static func parts(of token: Token) -> (place: Int, generation: UInt64) {
    let generation = token.rawValue & (1 << generationBits - 1)
    return (Int(token.rawValue >> generationBits), UInt64(generation))
  }

  /// The latest generation given out at a place, and for some back the number of the poll at whose time each ended.
  private final class Place: Sendable {
    let generation = Atomic<UInt64>(0)
    let reported = Atomic<UInt64>(0)
    let retirements = InlineArray<64, Atomic<UInt64>> { _ in Atomic(0) }
  }
}

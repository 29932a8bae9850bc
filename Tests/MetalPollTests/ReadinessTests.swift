import MetalCore
import Testing

@testable import MetalPoll

@Suite("Readiness")
struct ReadinessTests {
  /// What happens to a readiness, and what is expected of it then.
  enum Step {
    /// poll(2) has seen the first, and the second is to be told.
    case sees(Conditions, Conditions)
    case blocks(Interests)
    case takes(Interests)
    case fails(IOError.Kind)
    /// poll(2) is to be asked for this, and to look at the descriptor.
    case asks(Conditions)
    /// poll(2) is to pass over the descriptor.
    case isMuted
  }

  struct Story: CustomTestStringConvertible {
    let testDescription: String
    let interests: Interests
    let steps: [Step]

    init(_ description: String, _ interests: Interests, _ steps: [Step]) {
      testDescription = description
      self.interests = interests
      self.steps = steps
    }
  }

  @Test("A registration tells each condition once per change", arguments: edges + ends + errors)
  func tells(story: Story) {
    var readiness = Readiness(interests: Conditions(story.interests))
    for (index, step) in story.steps.enumerated() {
      let place = "step \(index): \(step)"
      switch step {
      case .sees(let seen, let told):
        // Where poll(2) has seen nothing, the selector does not look.
        precondition(!seen.isEmpty)
        #expect(readiness.take(seen) == told, "\(place)")
      case .blocks(let interest): readiness.didBlock(interest)
      case .takes(let interest): readiness.didTake(interest)
      case .fails(let kind): readiness.didFail(IOError(kind))
      case .asks(let flags): #expect(readiness.armed == flags && !readiness.isMuted, "\(place)")
      case .isMuted: #expect(readiness.isMuted, "\(place)")
      }
    }
  }

  /// Plain data, space and connections.
  static let edges = [
    Story("data is told once", .readable, [.asks(reading), .sees(.readable, .readable), .asks(.readClosed)]),
    Story(
      "data is told again after reading to would-block", .readable,
      [
        .sees(.readable, .readable), .blocks(.readable), .asks(reading), .sees(.readable, .readable),
      ]),
    Story(
      "data is told again after a part was taken", .readable,
      [
        .sees(.readable, .readable), .takes(.readable), .asks(reading), .sees(.readable, .readable),
      ]),
    Story(
      "a direction that is not wanted is never asked for", .writable,
      [
        .asks(.writable), .sees(.writable, .writable), .asks([]), .blocks(.readable), .asks([]),
        .takes(.readable), .asks([]), .blocks(.writable), .asks(.writable),
      ]),
    Story(
      "each direction is armed for itself", [.readable, .writable],
      [
        .sees([.readable, .writable], [.readable, .writable]), .asks(.readClosed),
        .blocks(.writable), .asks([.readClosed, .writable]), .sees(.writable, .writable),
        .blocks(.readable), .asks(reading),
      ]),
    Story(
      "what is seen late, of an interest that is disarmed, is not told", [.readable, .writable],
      [
        .sees(.writable, .writable), .sees([.readable, .writable], .readable), .sees([.readable, .writable], []),
      ]),
    Story(
      "urgent data is told once, and again after an operation of the program's own", .priority,
      [
        .asks(.priority), .sees(.priority, .priority), .asks([]), .takes(.readable), .asks([]),
        .takes(.all), .asks(.priority), .sees(.priority, .priority), .blocks(.all), .asks(.priority),
      ]),
    Story(
      "urgent data is told again after reading to would-block, which has passed it", [.readable, .priority],
      [
        .sees(.priority, .priority), .asks(reading), .blocks(.readable), .asks(reading.union(.priority)),
      ]),
    Story(
      "a failure arms nothing", [.readable, .writable],
      [
        .sees([.readable, .writable], [.readable, .writable]), .fails(.connectionAborted), .asks(.readClosed),
      ]),
  ]

  /// The peer's end and hang-ups.
  static let ends = [
    Story(
      "the peer's end is told once, and no data after it", .readable,
      [
        .sees([.readable, .readClosed], [.readable, .readClosed]), .asks([]), .takes(.readable), .asks([]),
        .takes(.all), .asks([]),
      ]),
    Story(
      "the peer's end is readable, also behind data that was told and not read", .readable,
      [
        .sees(.readable, .readable), .sees(.readClosed, [.readable, .readClosed]), .asks([]),
      ]),
    Story(
      "the peer's end does not keep writing from being armed", [.readable, .writable],
      [
        .sees([.readable, .readClosed, .writable], [.readable, .readClosed, .writable]),
        .blocks(.writable), .asks(.writable), .sees(.writable, .writable), .asks([]),
      ]),
    Story(
      "the peer's end stays told when an operation of the program's own would block", [.readable, .writable],
      [
        .sees([.readable, .readClosed], [.readable, .readClosed]), .asks(.writable), .blocks(.all), .asks(.writable),
      ]),
    Story(
      "a hang-up is told once, and again after something was taken, since it may have come anew", .readable,
      [
        .sees(.hungUp, .hungUp), .isMuted, .takes(.readable), .asks(reading), .sees(.hungUp, .hungUp),
        .isMuted, .takes(.all), .asks(reading), .sees(.hungUp, .hungUp), .isMuted,
      ]),
    Story(
      "a hang-up that comes after something was taken is told, though one was told before", .readable,
      [
        .sees(.hungUp, .hungUp), .takes(.readable), .sees(.readable, .readable), .takes(.readable),
        .sees(.hungUp, .hungUp), .isMuted,
      ]),
    Story(
      "a hang-up that ended, since reading would block, is told when it comes again", .readable,
      [
        .sees(.hungUp, .hungUp), .blocks(.readable), .asks(reading), .sees(.hungUp, .hungUp),
      ]),
    Story(
      "a hang-up of a socket, whose end was told, does not end", [.readable, .writable],
      [
        .sees([.readable, .writable, .readClosed, .hungUp], [.readable, .writable, .readClosed, .hungUp]),
        .isMuted, .blocks(.readable), .asks([]), .sees(.hungUp, []), .isMuted, .takes(.readable), .asks([]),
        .sees(.hungUp, []), .isMuted,
      ]),
    Story(
      "data and a hang-up are told together, and the data that is left again", .readable,
      [
        .sees([.readable, .hungUp], [.readable, .hungUp]), .isMuted, .takes(.readable), .asks(reading),
        .sees([.readable, .hungUp], [.readable, .hungUp]), .isMuted,
      ]),
    Story(
      "a broken pipe lasts", .writable,
      [
        .sees([.writable, .error], [.writable, .error]), .isMuted, .fails(.brokenPipe), .isMuted,
      ]),
  ]

  /// Pending errors.
  static let errors = [
    Story(
      "an error is told once", .readable,
      [
        .sees(.error, .error), .isMuted, .takes(.readable), .asks(reading), .sees(.error, []), .isMuted,
      ]),
    Story(
      "the next error is told after the first was", .readable,
      [
        .sees(.error, .error), .fails(.connectionRefused), .asks(reading), .sees(.error, .error), .isMuted,
        .fails(.connectionRefused), .asks(reading),
      ]),
    Story(
      "an error comes on top of data that was told", .readable,
      [
        .sees(.readable, .readable), .sees(.error, .error), .isMuted, .fails(.connectionRefused),
        .asks(.readClosed), .takes(.readable), .asks(reading),
      ]),
    Story(
      "a hang-up comes on top of an error", .writable,
      [
        .sees([.writable, .error], [.writable, .error]), .fails(.connectionReset), .asks([]),
        .sees(.hungUp, .hungUp), .isMuted,
      ]),
    Story(
      "an operation of the program's own may have taken the error", .readable,
      [
        .sees(.error, .error), .takes(.all), .asks(reading), .sees(.error, .error),
      ]),
  ]

  private static let reading: Conditions = [.readable, .readClosed]
}

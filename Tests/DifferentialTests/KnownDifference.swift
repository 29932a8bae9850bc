import MetalCore

/// What macOS, and so the simulator, does otherwise than Linux: the table that the comparison reads.
///
/// Each row has the rule of Docs/Kqueue.md by which it is so, and each must be seen to occur in the fixed programs.
struct KnownDifference: Hashable, Sendable, CustomStringConvertible {
  let rule: String
  let summary: String
  /// Whether the objects that take part are different from then on, so that nothing more can be compared of them.
  let lasts: Bool
  private let isCase: @Sendable (Difference) -> Bool

  var description: String { "\(rule): \(summary)" }

  static func == (left: KnownDifference, right: KnownDifference) -> Bool {
    left.description == right.description
  }
  func hash(into hasher: inout Hasher) { hasher.combine(description) }

  init(_ rule: String, _ summary: String, lasts: Bool = true, _ isCase: @escaping @Sendable (Difference) -> Bool) {
    self.rule = rule
    self.summary = summary
    self.lasts = lasts
    self.isCase = isCase
  }

  /// The row that a difference belongs to.
  static func row(of difference: Difference) -> KnownDifference? {
    all.first { $0.isCase(difference) }
  }
}

/// What was observed of one step on the simulator and on Linux, which is not the same.
struct Difference: CustomStringConvertible {
  let operation: Operation
  let kind: ObjectKind?
  let simulated: Observation
  let real: Observation
  /// Of a poll: the direction that only one of them told.
  var direction: Direction?
  /// What has become of the object before.
  var history: History

  var description: String {
    "\(operation) on \(kind.map { "\($0)" } ?? "nothing"): simulated \(simulated), real \(real)"
      + (direction.map { ", direction \($0)" } ?? "") + ", history \(history)"
  }
}

/// What a program did to an object, as far as kernels differ by it.
struct History: OptionSet, Hashable, Sendable {
  let rawValue: Int
  static let shutRead = History(rawValue: 1)
  static let shutWrite = History(rawValue: 2)
  static let peerClosed = History(rawValue: 4)
  static let peerReset = History(rawValue: 8)
  static let peerShutRead = History(rawValue: 32)
  static let peerShutWrite = History(rawValue: 64)
  static let connected = History(rawValue: 128)
  static let reconnected = History(rawValue: 256)
}

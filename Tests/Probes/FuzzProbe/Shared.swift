import MetalIO
import Synchronization

/// The state that the workers and the poller share.
final class Shared: Sendable {
  static let workers = 4
  static let couplesEach = 12
  static let couples = (workers + 1) * couplesEach

  let registry: Registry
  /// The ends of couple `n` at `2 * n` and `2 * n + 1`, and behind the couples those of the workers' wakers.
  let ends: [End]
  /// The couples that no worker has: a worker that puts one there takes another.
  let shelf = Guarded(Array(workers * couplesEach..<couples))
  /// The number of workers that have not finished.
  let working = Atomic<Int>(workers)

  init(_ registry: Registry) {
    self.registry = registry
    ends = (0..<2 * UInt(Self.couples + Self.workers)).map { End(number: $0, registry) }
  }
}

/// The things that are counted.
enum Count: Int, CaseIterable {
  case made, closed, changed, refused, read, written, urged, exchanged, woken, polls, events, raced, waiting, sent

  /// The number of times that each thing happened.
  fileprivate static let numbers = InlineArray<14, Atomic<Int>> { _ in Atomic(0) }

  /// All counts, for people.
  static var summary: String {
    allCases.map { "\(numbers[$0.rawValue].load(ordering: .relaxed)) \($0)" }.joined(separator: ", ")
  }
}

/// Counts one more.
func count(_ thing: Count) { Count.numbers[thing.rawValue].add(1, ordering: .relaxed) }

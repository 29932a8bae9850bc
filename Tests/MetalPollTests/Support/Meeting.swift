import CSystem
import MetalSystem
import Synchronization
import Testing

@testable import MetalPoll

/// What a thread tells others once.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .acquiring) }

  func set() { value.store(true, ordering: .releasing) }
}

/// A number that several threads use.
final class Number: Sendable {
  private let number = Atomic<Int>(0)

  var value: Int {
    get { number.load(ordering: .acquiring) }
    set { number.store(newValue, ordering: .releasing) }
  }

  func increment() { number.add(1, ordering: .acquiringAndReleasing) }
}

extension PosixPollSelector {
  /// Returns when a thread waits in poll(2), or is about to.
  func waitUntilWaiting(sourceLocation: SourceLocation = #_sourceLocation) {
    spin("no thread waits", sourceLocation: sourceLocation) { table.withState { state in state.isWaiting } }
  }
}

/// Gives other threads the processor until something holds; records an issue if that takes ten seconds.
func spin(_ complaint: String, sourceLocation: SourceLocation = #_sourceLocation, until isDone: () -> Bool) {
  let start = now()
  while !isDone() {
    guard now() - start < .seconds(10) else {
      Issue.record("\(complaint)", sourceLocation: sourceLocation)
      return
    }
    sched_yield()
  }
}

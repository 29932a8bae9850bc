import ExampleSupport
import MetalIO
import ProbeSupport
import Synchronization

/// The workers' wakers, the wakes that were asked for, and those whose events have come.
final class WakeLedger: Sendable {
  private let wakers: [Waker]
  private let accounts: [Account]

  /// Makes a waker for each worker, and one more that says that a worker has finished.
  init(workers: Int, registry: Registry) throws(IOError) {
    var wakers: [Waker] = []
    for index in 0...workers {
      wakers.append(try registry.makeWaker(token: Token(rawValue: Self.mark | UInt(index))))
    }
    self.wakers = wakers
    accounts = wakers.map { _ in Account() }
  }

  /// Wakes the poll by a worker's waker.
  func wake(_ worker: Int) throws(IOError) {
    accounts[worker].asked.add(1, ordering: .relaxed)
    try wakers[worker].wake()
  }

  /// Waits until all wakes of a worker were followed by their event, and ends the program if one is lost.
  func awaitEvents(_ worker: Int) {
    let asked = accounts[worker].asked.load(ordering: .relaxed)
    let deadline = ContinuousClock.now + .seconds(10)
    while accounts[worker].seen.load(ordering: .relaxed) < asked {
      guard ContinuousClock.now < deadline else { fail("fuzz-probe: a wake of worker \(worker) was lost") }
      giveWay()
    }
  }

  /// Says for good that a worker has finished.
  func finish() throws(IOError) {
    try wake(wakers.count - 1)
  }

  /// The number of workers that were seen to have finished.
  var finished: Int { accounts[accounts.count - 1].seen.load(ordering: .relaxed) }

  /// Takes notice of an event if it is a waker's.
  ///
  /// What was asked for before the wake is visible now, by nothing but the wake.
  func acknowledge(_ token: Token) -> Bool {
    guard token.rawValue & Self.mark != 0 else { return false }
    let index = Int(token.rawValue & ~Self.mark)
    guard index < accounts.count else { fail("fuzz-probe: \(token) was never given out") }
    let asked = accounts[index].asked.load(ordering: .relaxed)
    accounts[index].seen.store(asked, ordering: .relaxed)
    return true
  }

  /// Set in the tokens of these wakers.
  private static let mark: UInt = 1 << 63

  private final class Account: Sendable {
    let asked = Atomic<Int>(0)
    let seen = Atomic<Int>(0)
  }
}

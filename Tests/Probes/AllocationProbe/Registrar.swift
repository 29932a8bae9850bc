import ExampleSupport
import MetalIO
import ProbeSupport
import Synchronization

/// A thread that registers a crowd with one poll after the other, while another thread waits on them.
final class Registrar: Sendable {
  static let size = 100

  /// The poll that the crowd is to enter, until it begins to.
  private let next = Mutex<Registry?>(nil)
  private let isEnding = Atomic<Bool>(false)

  /// Has the crowd enter a poll, and returns before it does.
  func enter(_ registry: Registry) {
    next.withLock { $0 = registry }
  }

  /// Has the thread end.
  func end() { isEnding.store(true, ordering: .releasing) }

  /// What the thread does.
  func run() throws(IOError) {
    var crowd = Slab<UnixDatagramSocket>(minimumCapacity: Self.size)
    for _ in 0..<Self.size / 2 {
      let pair = try UnixDatagramSocket.pair()
      crowd.insert(pair.first)
      crowd.insert(pair.second)
    }
    while !isEnding.load(ordering: .acquiring) {
      guard let registry = next.withLock({ $0.take() }) else {
        giveWay()
        continue
      }
      try crowd.updateEach { token, source throws(IOError) in
        try registry.register(&source, token: token, interests: .writable)
      }
    }
  }
}

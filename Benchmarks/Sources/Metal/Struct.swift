import MetalCore
import MetalSystem

// The struct's other loops. They are not in the library: with several callers the compiler inlines less of it.

extension Server {
  /// As ``run(_:)``, but each wait takes a second at most.
  mutating func runWithTimeout(_ count: Int) throws(IOError) {
    let timeout = Duration.seconds(1)
    while ended < count {
      do throws(IOError) { try poll.wait(into: &events, timeout: timeout) } catch .interrupted { continue }
      while let event = events.popFirst() { try serve(event) }
    }
  }

  /// As ``run(_:)``, but by index.
  mutating func runByIndex(_ count: Int) throws(IOError) {
    while ended < count {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      for index in 0..<events.count { try serve(events[index]) }
    }
  }

  /// As ``run(_:)``, but by `for`.
  mutating func runByFor(_ count: Int) throws(IOError) {
    while ended < count {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      for event in events { try serve(event) }
    }
  }
}

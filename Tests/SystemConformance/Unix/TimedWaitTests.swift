import CSystem
import MetalCore
import MetalSystem
import Testing

/// What the system is asked to wait for, which a clock cannot prove for timeouts of days.
@Suite("POLL: the system calls of a timeout")
struct TimedWaitTests {
  @Test("POLL-17 The finer wait is asked for the whole timeout, once", arguments: nanoseconds)
  func fine(nanoseconds: Int64) {
    var system = System()
    #expect(system.wait(nanoseconds, by: TimedWait()) == 0)
    #expect(system.calls == 1)
    #expect(system.waited == nanoseconds)
  }

  @Test("POLL-17 Without the finer wait the milliseconds are rounded up", arguments: nanoseconds)
  func coarse(nanoseconds: Int64) {
    var system = System()
    #expect(system.wait(nanoseconds, by: TimedWait(hasFineWait: false)) == 0)
    #expect(system.waited >= nanoseconds)
    #expect(system.waited - nanoseconds < 1_000_000)
  }

  @Test(
    "POLL-17 A system that refuses the finer wait is asked for the whole timeout coarsely, and then always",
    arguments: [ENOSYS, EPERM])
  func refused(code: Int32) {
    let way = TimedWait()
    var system = System(refusal: code)
    #expect(system.wait(1_500_000, by: way) == 0)
    #expect(system.waited == 2_000_000)
    #expect(system.calls == 2)
    #expect(system.wait(2_500_000, by: way) == 0)
    #expect(system.waited == 5_000_000)
    #expect(system.calls == 3)
  }

  @Test("POLL-17 What ends a wait is returned, and nothing is waited for after it", arguments: [1, -4])
  func ended(result: Int) {
    for nanoseconds in [1_500_000, 2_000_000, 3 * Self.longestPiece] {
      for hasFineWait in [false, true] {
        var system = System(result: result)
        #expect(system.wait(nanoseconds, by: TimedWait(hasFineWait: hasFineWait)) == result)
        #expect(system.calls == 1)
      }
    }
  }

  @Test("POLL-17 A timeout of zero or less asks once, without waiting", arguments: [0, -1, .min] as [Int64])
  func zero(nanoseconds: Int64) {
    for hasFineWait in [false, true] {
      var system = System()
      #expect(system.wait(nanoseconds, by: TimedWait(hasFineWait: hasFineWait)) == 0)
      #expect(system.waited == 0)
      #expect(system.calls == 1)
    }
  }

  /// More than this is waited for in several pieces; the milliseconds of it fit into 32 bits.
  static let longestPiece: Int64 = 2_000_000 * 1_000_000_000

  static let nanoseconds: [Int64] = [
    1, 999_999, 1_000_000, 1_000_001, 1_500_000, 20_000_000, 33_333_333, 250_000_000, 5_000_000_000,
    longestPiece - 1, longestPiece, longestPiece + 1_000_000, 2 * longestPiece, 3 * longestPiece + 1_000_000,
    7 * longestPiece + 2_500_000, Int64.max / 1_000_000 * 1_000_000,
  ]
}

/// A system that answers at once, and adds up what it was asked to wait for.
private struct System {
  /// What each wait returns: 0 when its time has passed.
  var result = 0
  /// The error that the finer wait is refused with.
  var refusal: Int32?
  var waited: Int64 = 0
  var calls = 0

  init(result: Int = 0, refusal: Int32? = nil) {
    self.result = result
    self.refusal = refusal
  }

  mutating func wait(_ nanoseconds: Int64, by way: borrowing TimedWait) -> Int {
    var calls = calls
    var waited = waited
    defer {
      self.calls = calls
      self.waited = waited
    }
    let (result, refusal) = (result, refusal)
    return way.wait(nanoseconds: nanoseconds) { nanoseconds in
      calls += 1
      if let refusal { return -Int(refusal) }
      waited += nanoseconds
      return result
    } coarsely: { milliseconds in
      calls += 1
      waited += Int64(milliseconds) * 1_000_000
      return result
    }
  }
}

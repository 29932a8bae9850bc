import MetalCore
import Testing

@Suite("Duration: whole nanoseconds")
struct DurationTests {
  /// The most attoseconds that 64 bits hold.
  private static let longestShort = Duration(secondsComponent: 18, attosecondsComponent: 446_744_073_709_551_615)

  @Test(
    "Nanoseconds are rounded up, from none to the most, on both sides of what 64 bits of attoseconds hold",
    arguments: [
      (.seconds(-1), 0), (.zero, 0), (Duration(secondsComponent: 0, attosecondsComponent: 1), 1), (.nanoseconds(1), 1),
      (.nanoseconds(1) + Duration(secondsComponent: 0, attosecondsComponent: 1), 2), (.milliseconds(250), 250_000_000),
      (.seconds(18) + .nanoseconds(446_744_073), 18_446_744_073), (longestShort, 18_446_744_074),
      (longestShort + Duration(secondsComponent: 0, attosecondsComponent: 1), 18_446_744_074),
      (.seconds(18) + .nanoseconds(446_744_075), 18_446_744_075), (.seconds(9_223_372_036), 9_223_372_036_000_000_000),
      (.seconds(9_223_372_037), .max), (.seconds(Int64.max), .max), (.seconds(Int64.max) + .seconds(Int64.max), .max),
    ] as [(Duration, Int64)])
  func rounding(duration: Duration, nanoseconds: Int64) {
    #expect(duration.wholeNanoseconds == nanoseconds)
  }
}

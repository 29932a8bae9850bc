import MetalCore
import Testing

/// Lets time pass, on the backend's own clock: a wait for nothing.
func pause(_ duration: Duration) throws(IOError) {
  var loop = try Loop(capacity: 1)
  _ = try loop.wait(duration)
}

/// Measures how long something takes on the backend's clock.
func elapsed(_ body: () throws(IOError) -> Void) throws(IOError) -> Duration {
  let start = now()
  try body()
  return now() - start
}

/// Expects that something takes a time on the backend's clock: never less, and at most two seconds more.
///
/// Where time is virtual it must take exactly that.
func expectTakes(
  _ time: Duration, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(IOError) -> Void
) throws(IOError) {
  let taken = try elapsed(body)
  let most = Backend.hasVirtualTime ? time : time + .seconds(2)
  #expect(taken >= time, sourceLocation: sourceLocation)
  #expect(taken <= most, sourceLocation: sourceLocation)
}

/// The shortest of a number of measurements, which a busy machine does not lengthen.
func shortest(of repetitions: Int, _ body: () throws(IOError) -> Void) throws(IOError) -> Duration {
  var shortest = try elapsed(body)
  for _ in 1..<repetitions { shortest = min(shortest, try elapsed(body)) }
  return shortest
}

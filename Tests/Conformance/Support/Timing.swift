import MetalCore
import Testing

/// Expects that something takes a time on the backend's clock: never less, and at most two seconds more.
///
/// Where time is virtual it must take exactly that.
func expectTakes<E: Error>(
  _ time: Duration, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(E) -> Void
) throws(E) {
  let taken = try elapsed(body)
  let most = Backend.hasVirtualTime ? time : time + .seconds(2)
  #expect(taken >= time, sourceLocation: sourceLocation)
  #expect(taken <= most, sourceLocation: sourceLocation)
}

/// The shortest of a number of measurements, which a busy machine does not lengthen.
func shortest<E: Error>(of repetitions: Int, _ body: () throws(E) -> Void) throws(E) -> Duration {
  var shortest = try elapsed(body)
  for _ in 1..<repetitions { shortest = min(shortest, try elapsed(body)) }
  return shortest
}

import MetalCore
import Testing

/// Expects that an operation throws an error of a kind.
func expectError<R: ~Copyable>(
  _ kind: IOError.Kind, sourceLocation: SourceLocation = #_sourceLocation,
  _ operation: () throws(IOError) -> R
) {
  do throws(IOError) {
    _ = try operation()
    Issue.record("expected the error '\(kind)', but the call succeeded", sourceLocation: sourceLocation)
  } catch {
    #expect(error.kind == kind, sourceLocation: sourceLocation)
  }
}

/// Expects that an operation would block, and says so by `nil`.
func expectWouldBlock<R: ~Copyable>(
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: () throws(IOError) -> R?
) {
  do throws(IOError) {
    guard let _ = try operation() else { return }
    Issue.record("expected that the call would block, but it succeeded", sourceLocation: sourceLocation)
  } catch {
    Issue.record("expected that the call would block, but it threw \(error)", sourceLocation: sourceLocation)
  }
}

/// Returns what an operation has returned, which must not have been `nil`: the test knows that it does not block.
func ready<R: ~Copyable>(_ value: consuming R?) throws(IOError) -> R {
  guard let value else { throw IOError(.wouldBlock) }
  return value
}

/// Expects that writing is a broken pipe, in every form.
func expectBrokenPipe<W: ByteWriter & ~Copyable>(
  _ writer: borrowing W, sourceLocation: SourceLocation = #_sourceLocation
) {
  for form in WriteForm.allCases {
    expectError(.brokenPipe, sourceLocation: sourceLocation) { () throws(IOError) in try form(writer, [1, 2, 3, 4]) }
  }
}

/// Lets time pass, on the backend's own clock: a wait for nothing.
func pause(_ duration: Duration) throws(IOError) {
  var loop = try Loop(capacity: 1)
  _ = try loop.wait(duration)
}

/// Measures how long something takes on the backend's clock.
func elapsed<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Duration {
  let start = now()
  try body()
  return now() - start
}

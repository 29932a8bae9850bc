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

/// Expects that an operation would block.
func expectWouldBlock<R: ~Copyable>(
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: () throws(IOError) -> R
) {
  expectError(.wouldBlock, sourceLocation: sourceLocation, operation)
}

/// Expects that writing is a broken pipe, in every form.
func expectBrokenPipe<W: ByteWriter & ~Copyable>(
  _ writer: borrowing W, sourceLocation: SourceLocation = #_sourceLocation
) {
  for form in WriteForm.allCases {
    expectError(.brokenPipe, sourceLocation: sourceLocation) { () throws(IOError) in
      try form(writer, [1, 2, 3, 4])
    }
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

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

/// Returns a value, which must not be `nil`.
func required<R>(_ value: R?, sourceLocation: SourceLocation = #_sourceLocation) throws(IOError) -> R {
  guard let value else {
    Issue.record("expected a value, but got nil", sourceLocation: sourceLocation)
    throw IOError(.notFound)
  }
  return value
}

/// Throws if a condition does not hold, without which the rest of a test has no meaning.
func required(
  _ condition: Bool, _ comment: @autoclosure () -> String, sourceLocation: SourceLocation = #_sourceLocation
) throws(IOError) {
  guard !condition else { return }
  Issue.record("\(comment())", sourceLocation: sourceLocation)
  throw IOError(.notFound)
}

/// Expects that an operation throws a certain error.
func expectError<R: ~Copyable>(
  _ expected: IOError, sourceLocation: SourceLocation = #_sourceLocation, _ operation: () throws(IOError) -> R
) {
  do throws(IOError) {
    _ = try operation()
    Issue.record("expected the error '\(expected)', but the call succeeded", sourceLocation: sourceLocation)
  } catch {
    #expect(error == expected, sourceLocation: sourceLocation)
  }
}

/// Expects that an operation throws an error, whose kind the systems do not agree on.
func expectAnyError<R: ~Copyable>(
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: () throws(IOError) -> R
) {
  do throws(IOError) {
    _ = try operation()
    Issue.record("expected an error, but the call succeeded", sourceLocation: sourceLocation)
  } catch {}
}

/// Runs what an action does, and records an issue if it throws: an action itself cannot throw.
func recordingErrors(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(IOError) -> Void) {
  do throws(IOError) {
    try body()
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
}

import MetalCore
import Testing

/// Expects that an operation throws an error of a kind.
func expectKind(
  _ kind: IOError.Kind, sourceLocation: SourceLocation = #_sourceLocation,
  _ operation: () throws(IOError) -> Void
) {
  do throws(IOError) {
    try operation()
    Issue.record("expected the error '\(kind)', but the call succeeded", sourceLocation: sourceLocation)
  } catch {
    #expect(error.kind == kind, sourceLocation: sourceLocation)
  }
}

// A stand-in for the module of Swift Testing, which Embedded Swift lacks. `generate.py` rewrites tests for the stand-in.

/// A line of a test's source, as `#line` gives it.
public struct SourceLocation: ExpressibleByIntegerLiteral, Sendable {
  let line: Int

  /// Makes the location from the number of the line.
  public init(integerLiteral line: Int) { self.line = line }
}

/// Records an issue if a condition does not hold.
public func expect(
  _ condition: Bool, _ comment: @autoclosure () -> String = "expected something else",
  sourceLocation: SourceLocation = #line
) {
  if !condition { Issue.record(comment(), sourceLocation: sourceLocation) }
}

/// A failure of a test.
public enum Issue {
  /// Records an issue with a comment.
  public static func record(_ comment: String, sourceLocation: SourceLocation = #line) {
    Run.recordIssue(comment, sourceLocation)
  }

  /// Records an error that a test did not expect.
  public static func record(_ error: some Error & CustomStringConvertible, sourceLocation: SourceLocation = #line) {
    Run.recordIssue(error.description, sourceLocation)
  }
}

extension StringProtocol {
  /// Returns whether the bytes of another text are in this text.
  public func contains(_ other: String) -> Bool {
    let (bytes, part) = (Array(utf8), Array(other.utf8))
    guard bytes.count >= part.count else { return false }
    return (0...bytes.count - part.count).contains { bytes[$0...].starts(with: part) }
  }
}

/// Prints the description of a value.
public func print(_ value: some CustomStringConvertible) { Swift.print(value.description) }

/// A type whose values have a description in the names of tests.
public protocol CustomTestStringConvertible {
  /// The description of the value.
  var testDescription: String { get }
}

internal import CTesting

/// The tests that have run, and what they have recorded.
///
/// The tests run one after another. Threads of a test may record issues at the same time; a lost count of several does no harm.
enum Run {
  nonisolated(unsafe) private static var name = ""
  nonisolated(unsafe) private static var file = ""
  nonisolated(unsafe) private static var issues = 0
  /// The number of the running test; each argument makes a test of its own.
  nonisolated(unsafe) private static var test: Int32 = 0
  /// The number of exit tests that the running test has begun.
  nonisolated(unsafe) private static var exits: Int32 = 0
}

extension Run {
  static func recordIssue(_ comment: String, _ location: SourceLocation) {
    // Safety: see above, which holds for all variables here.
    unsafe issues += 1
    Swift.print("failed: \(unsafe name) (\(unsafe file):\(location.line)): \(comment)")
  }

  /// Begins a test, and returns whether this process runs the test.
  static func begin(_ name: String, _ file: String) -> Bool {
    unsafe (self.name, self.file, test, exits) = unsafe (name, file, test + 1, 0)
    return unsafe testing_only_test() == 0 || testing_only_test() == test
  }

  /// Runs an exit test in a process of its own; in that process, runs the body and ends.
  static func exitTest(
    _ condition: ExitTest.Condition, _ location: SourceLocation, _ body: () -> Void
  ) -> ExitTest.Result? {
    unsafe exits += 1
    guard testing_only_test() == 0 else {
      if unsafe testing_only_exit() != exits { return nil }
      body()
      testing_exit(unsafe issues == 0 ? 0 : 1)
    }
    var text = [UInt8](repeating: 0, count: 16_384)
    let status = unsafe text.withUnsafeMutableBytes { buffer in
      // Safety: the call writes at most as many bytes as the buffer has.
      unsafe testing_start_anew(
        test, exits, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
    }
    if status == TESTING_NO_PROCESSES {
      Swift.print("skipped: \(unsafe name)")
      return nil
    }
    text.removeSubrange((text.firstIndex(of: 0) ?? text.endIndex)...)
    guard condition.includes(status) else {
      recordIssue("the process ended with \(status) and said: \(String(decoding: text, as: UTF8.self))", location)
      return nil
    }
    return ExitTest.Result(standardErrorContent: text)
  }

  static func finish() {
    Swift.print("\(unsafe test) cases, \(unsafe issues) issues")
    testing_exit(unsafe issues == 0 ? 0 : 1)
  }
}

/// Ends the process; its exit code is 0 if no test has recorded an issue.
public func finish() { Run.finish() }

/// A test in a process of its own.
public enum ExitTest {
  /// How a process ends.
  public enum Condition {
    case success, failure
    case signal(Int32)

    func includes(_ status: Int32) -> Bool {
      switch self {
      case .success: status == 0
      case .failure: status != 0
      case .signal(let number): status == -number
      }
    }
  }

  /// What the process left behind.
  public struct Result {
    /// What the process has written, to its standard output as well.
    public var standardErrorContent: [UInt8]
  }
}

/// Expects that a process which runs a body ends in a certain way.
@discardableResult
public func expectExit<E: Error & CustomStringConvertible>(
  _ condition: ExitTest.Condition, sourceLocation: SourceLocation = #line, _ body: () throws(E) -> Void
) -> ExitTest.Result? {
  Run.exitTest(condition, sourceLocation) { recordingErrors(body) }
}

private func recordingErrors<E: Error & CustomStringConvertible>(_ body: () throws(E) -> Void) {
  do throws(E) { try body() } catch { Issue.record(error, sourceLocation: 0) }
}

/// Runs a test, unless the condition of its trait does not hold.
public func test<E: Error & CustomStringConvertible>(
  _ name: String, file: String, isEnabled: Bool = true, _ body: () throws(E) -> Void
) {
  test(name, file: file, isEnabled: isEnabled, arguments: CollectionOfOne(())) { (_) throws(E) in try body() }
}

/// Runs a test with each argument.
public func test<C: Collection, E: Error & CustomStringConvertible>(
  _ name: String, file: String, isEnabled: Bool = true, arguments: C, _ body: (C.Element) throws(E) -> Void
) {
  guard isEnabled else { return }
  if testing_only_test() == 0 { Swift.print("test: \(name)") }
  for argument in arguments {
    guard Run.begin(name, file) else { continue }
    recordingErrors { () throws(E) in try body(argument) }
  }
}

/// Runs a test with each pair of arguments.
public func test<C: Collection, D: Collection, E: Error & CustomStringConvertible>(
  _ name: String, file: String, isEnabled: Bool = true, arguments: C, _ others: D,
  _ body: ((C.Element, D.Element)) throws(E) -> Void
) {
  test(
    name, file: file, isEnabled: isEnabled, arguments: arguments.flatMap { first in others.map { (first, $0) } }, body)
}

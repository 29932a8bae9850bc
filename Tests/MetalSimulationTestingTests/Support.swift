import MetalSystem
import Testing

@testable import MetalSimulationTesting

/// A list that bodies, programs and actions append to.
final class Log<Element: Sendable>: Sendable {
  private let list = Guarded<[Element]>([])

  var elements: [Element] { list.withState { $0 } }

  func append(_ element: Element) { list.withState { $0.append(element) } }
}

/// Runs a body as a simulated test within the current one, and returns the issues that it reports.
///
/// - Parameters:
///   - log: Gets the issues as well, which matters if the trait throws.
func issues(
  _ trait: SimulatedTrait, _ request: SeedRequest = .count(nil), log: Log<Issue> = Log(),
  _ body: @Sendable () async throws -> Void
) async throws -> [Issue] {
  let (test, testCase) = (try #require(Test.current), try #require(Test.Case.current))
  let collector = IssueHandlingTrait.compactMapIssues { issue in
    log.append(issue)
    return nil
  }
  try await collector.provideScope(for: test, testCase: testCase) {
    try await trait.provideScope(for: test, testCase: testCase, request: request, performing: body) { _, _ in }
  }
  return log.elements
}

extension Issue {
  /// All comments, in lines.
  var text: String { comments.map(\.rawValue).joined(separator: "\n") }
}

/// A step that every seed takes: a pair of Unix-domain sockets, a byte, and two calls of `close()`.
func exchange() throws {
  let kernel = Simulation.current.machine("machine").kernel
  let pair = try UnixStream.pair(on: kernel)
  var buffer: [UInt8] = [0]
  #expect(try pair.first.write([7].span) == 1)
  #expect(try pair.second.read(into: buffer.mutableSpan) == 1)
  try pair.first.close()
  try pair.second.close()
}

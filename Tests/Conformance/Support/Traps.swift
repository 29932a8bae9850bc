import Testing

/// Whether the tests, and with them the library, are a debug build, in which assertions are checked.
let isDebugBuild = _isDebugAssertConfiguration()

/// Expects that a process which ended in a trap said why, in debug and in release builds.
///
/// Embedded Swift prints no sentence before it stops a program.
func expectTrap(_ result: ExitTest.Result?, _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation) {
  #if !hasFeature(Embedded)
  guard let result else { return }
  let text = String(decoding: result.standardErrorContent, as: UTF8.self)
  #expect(text.contains(sentence), "the process said: \(text)", sourceLocation: sourceLocation)
  #endif
}

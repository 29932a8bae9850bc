import Testing

/// Expects that a process which ended in a trap said why; builds without debugging assertions say nothing.
func expectTrap(
  _ result: ExitTest.Result?, _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  var saysWhy = false
  assert(
    {
      saysWhy = true
      return true
    }())
  guard saysWhy, let result else { return }
  let text = String(decoding: result.standardErrorContent, as: UTF8.self)
  #expect(text.contains(sentence), "the process said: \(text)", sourceLocation: sourceLocation)
}

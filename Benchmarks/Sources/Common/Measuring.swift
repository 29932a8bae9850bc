import Glibc

/// The measured part of a scenario, from its making to ``end(operations:)``.
struct Measuring {
  private let began = ContinuousClock.now
  private let usage = processorTime()

  /// Prints the result line.
  func end(operations: Int) {
    let wall = nanoseconds(ContinuousClock.now - began)
    let usage = processorTime()
    announce(
      """
      operations=\(operations) wall_ns=\(padded(wall)) user_ns=\(padded(usage.user - self.usage.user)) \
      system_ns=\(padded(usage.system - self.usage.system))
      """)
  }
}

/// A number in as many digits as any has here, so that printing takes the same of every run that is counted.
private func padded(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, 14 - digits.count)) + digits
}

/// What the process has used of the processor, in nanoseconds.
private func processorTime() -> (user: Int, system: Int) {
  var usage = rusage()
  // Safety: the call writes to the local structure only.
  guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { fail("getrusage failed") }
  return (nanoseconds(usage.ru_utime), nanoseconds(usage.ru_stime))
}

private func nanoseconds(_ time: timeval) -> Int {
  Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_usec) * 1000
}

private func nanoseconds(_ duration: Duration) -> Int {
  Int(duration.components.seconds) * 1_000_000_000 + Int(duration.components.attoseconds / 1_000_000_000)
}

/// How many bytes of memory the process has taken, without those of files that are mapped; counted page by page, since
/// `/proc/self/statm` may be tens of pages behind.
func residentBytes() -> Int {
  let path = "/proc/self/smaps_rollup"
  // Safety: the path and the mode are terminated strings, and the stream is closed once.
  guard let file = unsafe fopen(path, "r") else { fail("\(path) is missing") }
  defer { _ = unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  // Safety: the call writes at most as many characters as the array holds.
  while unsafe fgets(&line, Int32(line.count), file) != nil {
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
      separator: " ")
    if words.count > 1, words[0] == "Anonymous:", let kibibytes = Int(words[1]) { return kibibytes * 1024 }
  }
  fail("\(path) is not understood")
}

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

/// How many bytes of the process are in memory.
func residentBytes() -> Int {
  // Safety: the paths and modes are literals, and the stream is closed once.
  guard let file = unsafe fopen("/proc/self/statm", "r") else { fail("/proc/self/statm is missing") }
  defer { _ = unsafe fclose(file) }
  var text = [CChar](repeating: 0, count: 128)
  // Safety: the call writes at most as many characters as the array holds.
  guard unsafe fgets(&text, Int32(text.count), file) != nil else { fail("/proc/self/statm is empty") }
  let words = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
    separator: " ")
  guard words.count > 1, let pages = Int(words[1]) else { fail("/proc/self/statm is not understood") }
  return pages * sysconf(Int32(_SC_PAGESIZE))
}

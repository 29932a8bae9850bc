import Glibc

/// Prints a line and makes sure that it is seen at once.
func announce(_ line: String) {
  print(line)
  // No stream given means all of them.
  fflush(nil)
}

/// Ends the program because something went wrong.
func fail(_ message: String) -> Never {
  exit("\(System.name): \(message)", status: 1)
}

/// Ends the program because its arguments make no sense.
func failUsage() -> Never {
  exit("usage: SYSTEM SCENARIO [--option value]… [PORT]; see Benchmarks/README.md", status: 2)
}

/// Ends the program because the system has no means for the scenario.
func cannot(_ why: String) -> Never {
  exit("\(System.name): \(why)", status: 3)
}

private func exit(_ message: String, status: Int32) -> Never {
  let line = Array((message + "\n").utf8)
  // Safety: the call reads the array's bytes.
  unsafe line.withUnsafeBytes { _ = unsafe write(2, $0.baseAddress, $0.count) }
  exit(status)
}

/// Raises the limit on descriptors as far as the process may.
func raiseDescriptorLimit() {
  var limit = rlimit()
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  // Safety: the calls read and write the local structure only.
  guard unsafe getrlimit(resource, &limit) == 0 else { fail("getrlimit failed") }
  limit.rlim_cur = limit.rlim_max
  // Safety: as above.
  guard unsafe setrlimit(resource, &limit) == 0 else { fail("setrlimit failed") }
}

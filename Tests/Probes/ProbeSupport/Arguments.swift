internal import ExampleSupport
internal import Glibc

/// Returns the number behind a name among the program's arguments, or ends the program if it is none.
public func argument(_ name: String, default fallback: Int) -> Int {
  guard let place = CommandLine.arguments.firstIndex(of: name) else { return fallback }
  guard place + 1 < CommandLine.arguments.count, let number = Int(CommandLine.arguments[place + 1]),
    number >= 0
  else { fail("\(name) needs a number") }
  return number
}

/// Raises the limit on descriptors as far as the process may, and returns it.
@discardableResult
public func raiseDescriptorLimit() -> Int {
  var limit = rlimit()
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  // Safety: the calls read and write the local structure only.
  guard unsafe getrlimit(resource, &limit) == 0 else { fail("getrlimit failed") }
  limit.rlim_cur = limit.rlim_max
  // Safety: as above.
  guard unsafe setrlimit(resource, &limit) == 0 else { fail("setrlimit failed") }
  return Int(clamping: limit.rlim_cur)
}

import Harness

/// The command line behind the scenario; Benchmarks/README.md says what the options mean.
struct Options {
  /// How a reading ends that an event began.
  let end = word("end") ?? "own"
  /// What a check must find in each round.
  let plant = word("plant")
  /// By what two threads wake each other.
  let over = word("over") ?? "waker"
  /// Which of the natural programs, or the records that a simulation keeps.
  let form = word("form") ?? ""
  let connections = number("connections", or: 1)
  let pairs = number("pairs", or: 100)
  let tokens = number("tokens", or: 1)
  let rounds = number("rounds", or: 1000)
  let threads = number("threads", or: 1)
  let ready = number("ready", or: 1000)
  let registrations = number("registrations", or: 10_000)
  let bytes = number("bytes", or: 1024)
  /// How long a wait of a thread spins before it sleeps, in microseconds.
  let spin = number("spin", or: 0)
}

private func number(_ name: String, or otherwise: Int) -> Int {
  // Safety: the call reads the name.
  unsafe option(name, otherwise)
}

private func word(_ name: String) -> String? {
  // Safety: the call reads the name, and returns an argument of the program.
  unsafe option_word(name).map { unsafe String(cString: $0) }
}

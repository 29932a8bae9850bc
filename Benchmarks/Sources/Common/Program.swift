import Glibc
import Harness
import Synchronization

/// Runs the scenario that the command line names, on a system that can end a reading in these ways.
func run(ends: [String], _ scenarios: KeyValuePairs<String, (Options) throws -> Void>) {
  // Safety: the arguments, of which the name is one, stay where they are for as long as the program runs.
  let name = unsafe String(
    cString: start_system(CommandLine.unsafeArgv[0], CommandLine.argc, CommandLine.unsafeArgv))
  let options = Options()
  guard ends.contains(options.end) else { cannot("it cannot end a reading this way") }
  guard let scenario = scenarios.first(where: { $0.key == name }) else { cannot("it has no such scenario") }
  do {
    try scenario.value(options)
  } catch {
    fail("\(error)")
  }
}

/// Ends the program because something went wrong.
func fail(_ message: String) -> Never {
  // Safety: the call reads the message.
  unsafe fail_scenario(message)
}

/// Ends the program because the system has no means for the scenario.
func cannot(_ why: String) -> Never {
  // Safety: the call reads the reason.
  unsafe Harness.cannot(why)
}

extension Options {
  /// Does the scenario's rounds, which are measured; `--plant` adds something to each.
  @inline(__always)
  func measureRounds<E: Error>(_ body: (_ round: Int) throws(E) -> Void) throws(E) {
    begin_measuring()
    if plant == nil {
      for round in 0..<rounds { try body(round) }
    } else {
      for round in 0..<rounds {
        try body(round)
        addPlanted()
      }
    }
    end_measuring(UInt64(rounds))
  }

  /// Does what a check must find.
  @inline(never)
  private func addPlanted() {
    switch plant {
    case "allocations": _ = String(repeating: "metal", count: 20)
    case "calls": _ = getppid()
    case "instructions":
      let counter = Atomic(0)
      for _ in 0..<14 { counter.add(1, ordering: .relaxed) }
    default: break
    }
  }
}

/// Runs a body on a thread of its own, for which the program does not wait.
func startThread(_ body: @escaping @Sendable () throws -> Void) {
  typealias Body = @Sendable () throws -> Void
  // Safety: the thread takes over the memory, and frees it when it has taken out the body that is put there.
  let memory = UnsafeMutablePointer<Body>.allocate(capacity: 1)
  unsafe memory.initialize(to: body)
  unsafe start_thread(
    { memory in
      let memory = unsafe memory!.assumingMemoryBound(to: Body.self)
      let body = unsafe memory.move()
      unsafe memory.deallocate()
      do { try body() } catch { fail("\(error)") }
      return nil
    }, memory)
}

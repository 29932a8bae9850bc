#if os(Linux)
import Glibc
import MetalSystem
import Testing

@testable import MetalSimulationTesting

@Suite("Simulated tests in a process of their own")
struct ProcessTests {
  @Test(
    "A crash names the seed and the command line, and then the process ends as it would have",
    arguments: [
      ("trapInProgram", SIGILL, "Index out of range"), ("trapInLaterProgram", SIGILL, "the program gives up"),
      ("trapInBody", SIGILL, "Unexpectedly found nil"), ("trapAfterSuspension", SIGILL, ""),
      ("trapInAction", SIGILL, "no such seed"), ("abortion", SIGABRT, ""), ("badAddress", SIGSEGV, ""),
    ])
  func crash(probe: String, signal: Int32, sentence: String) async throws {
    let result = try await run(probe, ["SWIFT_BACKTRACE=enable=no"])
    // The thread sanitizer ends the process itself after a bad access.
    if signal != SIGSEGV || !isUnderThreadSanitizer { #expect(result.signal == signal) }
    // The checks of the standard library have no sentence in release.
    if isDebugBuild { #expect(result.output.contains(sentence)) }
    let note = """

      The simulated test \(probe)() has crashed with seed 2. Run the seed alone with
        METAL_SIMULATION="seed=2" swift test --filter MetalSimulationTestingTests.Probes/\(probe)

      """
    #expect(result.output.ranges(of: note).count == 1, "the process said: \(result.output)")
  }

  @Test("A crash of a thread that is no test's has no note")
  func crashOfOtherThread() async throws {
    let result = try await run("trapOnOtherThread", ["SWIFT_BACKTRACE=enable=no"])
    #expect(result.signal == SIGILL)
    #expect(result.output.contains("no test's thread"))
    #expect(!result.output.contains("has crashed with seed"))
  }

  @Test(
    "The backtrace follows the note, and has the frames of the program",
    .disabled(if: isUnderThreadSanitizer, "Swift's backtracer does not work under the thread sanitizer."))
  func backtrace() async throws {
    let result = try await run("trapInProgram", ["SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,symbolicate=fast"])
    let parts = result.output.split(separator: "has crashed with seed 2.", maxSplits: 1)
    try #require(parts.count == 2)
    #expect(parts[1].contains("crashed:"))
    #expect(parts[1].contains("readElement"))
    #expect(parts[1].contains("Probes.trapInProgram"))
  }

  @Test("Code outside of a simulated test stops with advice")
  func noSimulation() async throws {
    let result = try await run("noSimulation", ["SWIFT_BACKTRACE=enable=no"])
    #expect(result.signal == SIGILL)
    #expect(
      result.output.contains("No simulated test runs here. Mark the test with `@Test(.simulated())`, and use "))
  }

  @Test("Without variables, the seeds of the trait run up to the one that fails")
  func unset() async throws {
    let result = try await run("failure")
    #expect(result.seeds == [0, 0, 1, 2, 3, 4, 4])
    #expect(result.output.contains("METAL_SIMULATION=\"seed=4\" swift test --filter"))
    #expect(result.status == 1)
  }

  @Test("A test that cancels itself runs no further seed, and does not fail")
  func cancellation() async throws {
    let result = try await run("cancellation")
    #expect(result.seeds == [0, 0, 1, 2])
    #expect(result.status == 0)
    #expect(result.output.contains("enough"))
    #expect(!result.output.contains("has failed"))
  }

  @Test("METAL_SIMULATION runs one seed, once")
  func replay() async throws {
    let passing = try await run("failure", ["METAL_SIMULATION=seed=3", "METAL_SIMULATION_SEEDS=2"])
    #expect(passing.seeds == [3])
    #expect(passing.status == 0)
    let failing = try await run("failure", ["METAL_SIMULATION=seed=123"])
    #expect(failing.seeds == [123])
    #expect(failing.output.contains("Seed 123 has failed."))
    #expect(failing.status == 1)
  }

  @Test("METAL_SIMULATION_SEEDS changes the number of seeds")
  func count() async throws {
    let result = try await run("failure", ["METAL_SIMULATION_SEEDS=2"])
    #expect(result.seeds == [0, 0, 1])
    #expect(result.status == 0)
  }

  @Test("A value that cannot be read fails the test, and nothing runs")
  func unreadable() async throws {
    let result = try await run("failure", ["METAL_SIMULATION=17"])
    #expect(result.seeds.isEmpty)
    #expect(result.output.contains("METAL_SIMULATION is \"17\", which names no seed."))
    #expect(result.status == 1)
  }

  @Test("The trace of the seed that fails is attached")
  func attachment() async throws {
    let folder = "/tmp/metal-simulation-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    // Safety: the system reads the names, here and below.
    try #require(unsafe mkdir(folder, 0o700) == 0)
    let file = folder + "/seed-4.jsonl"
    defer {
      unsafe unlink(file)
      unsafe rmdir(folder)
    }
    let result = try await run("failure", arguments: ["--attachments-path", folder])
    #expect(result.status == 1)
    let lines = try #require(contents(of: file)).split(separator: "\n")
    try #require(lines.count == 7)
    #expect(lines[0].contains("\"seed\":4"))
    #expect(lines[6].contains("\"count\":5"))
  }

  private func run(
    _ probe: String, _ variables: [String] = [], arguments: [String] = []
  ) async throws -> ChildResult {
    // Reading blocks, so it has a thread of its own.
    try await BodyThread.run {
      try runTests("Probes/\(probe)", ["METAL_SIMULATION_PROBES=1", "NO_COLOR=1"] + variables, arguments)
    }
  }
}

/// What a child process has said, and how it ended.
private struct ChildResult {
  let output: String
  private let waitStatus: Int32

  init(output: String, waitStatus: Int32) {
    self.output = output
    self.waitStatus = waitStatus
  }

  /// The signal that ended the process; 0 if it has exited.
  var signal: Int32 { waitStatus & 0x7F }
  /// The status with which the process has exited.
  var status: Int32? { signal == 0 ? waitStatus >> 8 : nil }

  /// The seeds with which the probe has run.
  var seeds: [UInt64] {
    output.split(separator: "\n").compactMap { line in
      line.hasPrefix("running with ") ? UInt64(line.dropFirst("running with ".count)) : nil
    }
  }
}

private let isDebugBuild = _isDebugAssertConfiguration()

// Safety: the system reads the name.
private let isUnderThreadSanitizer = unsafe dlsym(nil, "__tsan_init") != nil

/// Runs the tests of a name in a child process: this executable once more.
private func runTests(_ name: String, _ variables: [String], _ arguments: [String]) throws -> ChildResult {
  var ends: [Int32] = [0, 0]
  // Safety: the array has room for both ends.
  let result = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
  try #require(result == 0)
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
  unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
  let filter = "MetalSimulationTestingTests." + name + "\\("
  let words = ["tests", "--testing-library", "swift-testing", "--filter", filter]
  // Safety: the copies live until the process has been started.
  let argv = unsafe (words + arguments).map { unsafe strdup($0) } + [nil]
  let variables = variables + ["PATH=" + (environmentValue("PATH") ?? "")]
  let environment = unsafe variables.map { unsafe strdup($0) } + [nil]
  defer { unsafe (argv + environment).forEach { unsafe free($0) } }
  var process = pid_t()
  let started = unsafe posix_spawn(&process, "/proc/self/exe", &actions, nil, argv, environment)
  unsafe posix_spawn_file_actions_destroy(&actions)
  close(ends[1])
  defer { close(ends[0]) }
  try #require(started == 0)
  let output = readAll(ends[0])
  var status: Int32 = 0
  try #require(unsafe waitpid(process, &status, 0) == process)
  return ChildResult(output: output, waitStatus: status)
}

/// Reads to the end.
private func readAll(_ descriptor: Int32) -> String {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    // Safety: the buffer has as much room.
    let count = unsafe read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
    bytes += buffer[..<count]
  }
}

/// The text of a file; `nil` if it cannot be opened.
private func contents(of path: String) -> String? {
  // Safety: the system reads the name.
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  return readAll(descriptor)
}
#endif

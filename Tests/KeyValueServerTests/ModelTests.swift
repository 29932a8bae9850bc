import MetalSimulationTesting
import Testing

@testable import KeyValueServer

@Suite("Key-value server: random commands")
struct ModelTests {
  /// A short model that computes the expected answers.
  struct Model {
    var entries: [String: (value: String, deadline: Duration?)] = [:]

    mutating func execute(_ words: [String], at now: Duration) -> String {
      entries = entries.filter { $0.value.deadline.map { $0 > now } ?? true }
      let key = words[1]
      switch words[0] {
      case "GET": return entries[key]?.value ?? "$-1"
      case "SET":
        entries[key] = (words[2], words.count > 3 ? now + .seconds(Int(words[4])!) : nil)
        return "+OK"
      case "DEL": return ":\(words.dropFirst().count { entries.removeValue(forKey: $0) != nil })"
      case "INCR":
        guard let number = Int(entries[key]?.value ?? "0") else { return CommandTests.integerError }
        entries[key, default: ("", nil)].value = "\(number + 1)"
        return ":\(number + 1)"
      case "EXPIRE":
        if entries[key] == nil { return ":0" }
        entries[key]?.deadline = now + .seconds(Int(words[2])!)
        return ":1"
      default:
        guard let entry = entries[key] else { return ":-2" }
        return entry.deadline.map { ":\(($0 - now + .milliseconds(500)).components.seconds)" } ?? ":-1"
      }
    }
  }

  /// Returns a random command on one of a few keys.
  static func command(from random: inout RandomStream) -> [String] {
    func key() -> String { "key \(random.next(below: 4))" }
    switch random.next(below: 8) {
    case 0: return ["SET", key(), "\(random.next(below: 100))"]
    case 1: return ["SET", key(), "text", "EX", "\(1 + random.next(below: 5))"]
    case 2: return ["DEL", key(), key()]
    case 3: return ["EXPIRE", key(), "\(random.next(below: 5))"]
    case 4: return ["TTL", key()]
    case 5: return ["INCR", key()]
    default: return ["GET", key()]
    }
  }

  @Test("Random commands, alone and together, get the answers of a model", .simulated(seeds: 100))
  func model() throws {
    let simulation = Simulation.current
    let (server, machine) = (simulation.machine("server"), simulation.machine("client"))
    let address = server.startServer()
    // Without latency, the client knows the time at which the server executes a command.
    simulation.setLatency(machine, server, to: .zero)
    machine.start(.client) { () throws(IOError) in
      let simulation = Simulation.current
      var random = simulation.random("commands")
      var client = try Client(address)
      var model = Model()
      for _ in 0..<40 {
        let commands = (0...random.next(below: 4)).map { _ in Self.command(from: &random) }
        let expected = commands.map { model.execute($0, at: simulation.now) }
        try client.send(commands.flatMap { KeyValueServerTests.command($0) })
        for (command, expected) in zip(commands, expected) { #expect(try client.answer() == expected, "\(command)") }
        // The sum of the pauses is never a multiple of half a second, so no command meets a deadline exactly.
        try pause(.milliseconds(1 + 100 * random.next(below: 20)))
      }
    }
    try simulation.run()
  }
}

import Testing

@testable import MetalSimulationTesting

@Suite("Tests that are not deterministic")
struct DeterminismTests {
  @Test("The order of a set that shows in a program's calls is reported in 20 of 20 runs")
  func orderOfSet() async throws {
    for _ in 0..<20 {
      let issues = try await issues(.simulated(seeds: 2)) { try sendInOrderOfSet() }
      try #require(issues.count == 1)
      try expectDifference(issues[0], fields: ["to", "from"])
    }
  }

  @Test("The order in which a dropped dictionary closes its connections is reported in 20 of 20 runs")
  func orderOfDrops() async throws {
    for _ in 0..<20 {
      let issues = try await issues(.simulated(seeds: 2)) { try dropConnections() }
      try #require(issues.count == 1)
      try expectDifference(issues[0], fields: ["descriptor"])
    }
  }

  @Test("A set in the body, outside of any program, is reported in 20 of 20 runs")
  func setInBody() async throws {
    for _ in 0..<20 {
      let issues = try await issues(.simulated(seeds: 2)) {
        try Simulation.current.machine("sender").run { try sendToAll(Set(1...20)) }
      }
      try #require(issues.count == 1)
      try expectDifference(issues[0], fields: ["to", "from"])
    }
  }

  @Test("A program that sorts first is not reported")
  func sorted() async throws {
    let issues = try await issues(.simulated(seeds: 20)) {
      let simulation = Simulation.current
      simulation.machine("sender").start(.client) { try sendToAll(Set(1...20).sorted()) }
      try simulation.run()
    }
    #expect(issues.isEmpty)
  }

  @Test("A failing seed is compared as well, and both issues are reported")
  func failing() async throws {
    let issues = try await issues(.simulated(seeds: 20)) {
      // The seeds that run twice anyway do not send.
      guard Simulation.current.seed == 7 else { return }
      try sendInOrderOfSet()
      throw IOError(.timedOut)
    }
    try #require(issues.count == 2)
    #expect(issues[0].text.hasPrefix("Seed 7 has failed."))
    try expectDifference(issues[1], fields: ["to", "from"], seed: 7)
  }

  @Test("A seed that fails once and passes once is reported with its failure")
  func failsOnce() async throws {
    let runs = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 20)) {
      runs.append(Simulation.current.seed)
      try exchange()
      #expect(runs.elements.count != 4, "the fourth run")
    }
    #expect(runs.elements == [0, 0, 1, 2, 2])
    try #require(issues.count == 1)
    #expect(
      issues[0].text.hasPrefix(
        "The test is not deterministic. Two runs with seed 2 have left the same trace.\nOne of them has failed:\n"))
    #expect(issues[0].text.contains("the fourth run"))
  }

  @Test("A seed whose second run fails is reported, although its issues are silent")
  func failsLater() async throws {
    let runs = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 20)) {
      runs.append(Simulation.current.seed)
      if runs.elements.count == 2 { throw IOError(.timedOut) }
    }
    #expect(runs.elements == [0, 0])
    try #require(issues.count == 1)
    #expect(issues[0].text.contains("One of them has failed:\n  Caught error: "))
  }

  /// Expects an issue that names the record and the field in which two runs differ, and says where to read on.
  private func expectDifference(_ issue: Issue, fields: Set<String>, seed: UInt64 = 0) throws {
    let prefix = "The test is not deterministic. Two runs with seed \(seed) have left different traces. Record "
    try #require(issue.text.hasPrefix(prefix))
    let rest = issue.text.dropFirst(prefix.count)
    #expect(rest.prefix { $0.isNumber }.isEmpty == false)
    let field = rest.split(separator: " differs in its ").last?.prefix { $0 != ":" } ?? ""
    #expect(fields.contains(String(field)), "\(issue.text)")
    let guide = "The guide \"Testing with simulated machines\" of Metal I/O lists the usual causes."
    #expect(issue.text.contains(guide))
  }
}

/// Runs a program that sends to the members of a set, in the set's order.
func sendInOrderOfSet() throws {
  let simulation = Simulation.current
  simulation.machine("sender").start(.client) { try sendToAll(Set(1...20)) }
  try simulation.run()
}

/// Sends a datagram to each port, in order.
func sendToAll(_ ports: some Sequence<UInt16>) throws(IOError) {
  let socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
  for port in ports { _ = try socket.send([1].span, to: SocketAddress(IPv4Address.loopback, port: port)) }
  try socket.close()
}

/// Runs a program that drops a dictionary of connections.
func dropConnections() throws {
  final class Connection {
    let stream: UnixStream
    init(_ stream: consuming UnixStream) { self.stream = stream }
  }
  let simulation = Simulation.current
  simulation.machine("server").start(.client) { () throws(IOError) in
    var connections: [Int: Connection] = [:]
    for number in 0..<10 {
      let pair = try UnixStream.pair()
      connections[number * 2] = Connection(pair.first)
      connections[number * 2 + 1] = Connection(pair.second)
    }
    connections = [:]
  }
  try simulation.run()
}

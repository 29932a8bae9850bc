import Foundation
import MetalSimulationTesting
import Synchronization
import Testing

// The failing test and the report that the article "Testing with simulated machines" explains, word for word.

/// A test that fails with `report`, unless the environment asks for other seeds.
@Suite(
  "A simulated test that fails",
  .enabled(if: !ProcessInfo.processInfo.environment.keys.contains { $0.hasPrefix("METAL_SIMULATION") }),
  ExpectedReport(text: report))
struct UploadTests {
  @Test(.simulated(seeds: 200)) func theUploadArrives() throws {
    let simulation = Simulation.current
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.setLatency(server, client, to: .milliseconds(5))
    server.start(.service, named: "receive") { try receive(100_000, port: 80) }
    let address = SocketAddress(server.address, port: 80)
    client.start(.client, named: "upload") { try upload(100_000, to: address) }
    try simulation.run()
  }

  /// Accepts a connection, reads a number of bytes, and confirms them with one byte.
  func receive(_ size: Int, port: UInt16) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 4)
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
    try poll.registry.register(&listener, token: 0, interests: .readable)
    try poll.wait(into: &events)
    guard var accepted = try listener.accept() else { throw IOError(.wouldBlock) }
    try poll.registry.register(&accepted.stream, token: 1, interests: .readable)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var received = 0
    while received < size {
      try poll.wait(into: &events)
      received += try accepted.stream.read(into: buffer.mutableSpan) ?? 0  // wrong: one read for each event
    }
    _ = try accepted.stream.write([1].span)
    try accepted.stream.close()
    try listener.close()
  }

  /// Sends a number of bytes, and waits until the server has confirmed them.
  func upload(_ size: Int, to address: SocketAddress) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 4)
    var stream = try TCPStream(connectingTo: address)
    try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
    let bytes = [UInt8](repeating: 7, count: size)
    var sent = 0
    var confirmation: [UInt8] = [0]
    while true {
      try poll.wait(into: &events)
      if let error = try stream.takePendingError() { throw error }
      while sent < size, let count = try stream.write(bytes.span.extracting(sent...)) { sent += count }
      if try stream.read(into: confirmation.mutableSpan) == 1 { return try stream.close() }
    }
  }
}

/// A trait that expects a test to fail with a report.
private struct ExpectedReport: SuiteTrait, TestTrait, TestScoping {
  let text: String

  var isRecursive: Bool { true }

  func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { testCase == nil ? nil : self }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let reports = Mutex<[String]>([])
    let collector = IssueHandlingTrait.compactMapIssues { issue in
      let parts = [issue.error.map { "\($0)" }].compactMap { $0 } + issue.comments.map { $0.rawValue }
      reports.withLock { $0.append(parts.joined(separator: "\n")) }
      return nil
    }
    try await collector.provideScope(for: test, testCase: testCase, performing: function)
    let found = reports.withLock { $0 }
    #expect(found == [text + "\n"], "\n\(found.joined())")
  }
}

private let report = """
  deadlock at 20 ms, seed 6 (nothing scheduled)
    server  receive: wait(timeout: none) since 15 ms
      token 0  d4 tcp 0.0.0.0:80 listening, 0 waiting  readable
      token 1  d5 tcp 10.0.0.1:80 ↔ 10.0.0.2:53894, connected, received 34464 B, to send 0 B  readable
        LOST EDGE: readable since 15 ms, 34464 bytes never read; read until nil
    client  upload: wait(timeout: none) since 20 ms
      token 0  d4 tcp 10.0.0.2:53894 ↔ 10.0.0.1:80, connected, received 0 B, to send 0 B  readable|writable

  Seed 6 has failed. Run it alone with
    METAL_SIMULATION="seed=6" swift test --filter GuideTests.UploadTests/theUploadArrives
  seed 6, macOS, 54 records, digest f03ba0f3460f7707
  time           server                                     client
  10 ms                                                     send d4 #1 = 100000
  10 ms                                                     recv d4 #1 = operation would block
  15 ms          ← client ACK #1 from 10.0.0.2:53894
  15 ms          ← client segment #1 100000 B from 10.0.0.…
  15 ms          → client ACK #1 to 10.0.0.2:53894
  15 ms          event read d4 data 1 token 0
  15 ms          kevent d3 = 1
  15 ms          accept d4 #1 = d5 from 10.0.0.2:53894
  15 ms          change read d5 add token 1
  15 ms          kevent d3 = 1
  15 ms          event read d5 data 100000 token 1
  15 ms          kevent d3 = 1
  15 ms          → client window update #1 65536 B to 10.0…
  15 ms          recv d5 #1 = 65536
  20 ms                                                     ← server ACK #1 from 10.0.0.1:80
  20 ms                                                     ← server window update #1 65536 B from 10…
  20 ms                                                     event write d4 data 1350481 token 0
  20 ms                                                     kevent d3 = 1
  20 ms                                                     getsockopt d4 #1 = 0
  20 ms                                                     recv d4 #1 = operation would block
  20 ms          (no machine)  DEADLOCK
  20 ms          → client RST #1 to 10.0.0.2:53894
  20 ms          close d5 #1 10.0.0.1:80 (dropped) = 0
  20 ms          close d4 0.0.0.0:80 (dropped) = 0
  20 ms          close d3 = 0
  20 ms                                                     → server FIN #1 to 10.0.0.1:80
  20 ms                                                     close d4 #1 10.0.0.2:53894 (dropped) = 0
  20 ms                                                     close d3 = 0
  """

import MetalCore
import MetalKqueue
import MetalKqueueSim
import MetalSimulation
import Testing

@Suite("Trace: lines, lanes and diagrams")
struct TraceRenderingTests {
  /// Names that break what does not escape them.
  private static let names = [
    "plain", "", "a\"b\\c", "two\nlines", "tab\tbell\u{7}", "nul\0", "end", "a;b#c:d->>e", "größer 東京 🚀",
    "\u{2028}\u{85}\u{7F}",
    String(repeating: "long", count: 60),
  ]

  /// A trace of two machines with awkward names, and with Unix-domain sockets of awkward paths.
  private func trace(_ first: String, _ second: String, latency: Duration = .milliseconds(1)) throws(IOError) -> Trace {
    var profile = KernelProfile.macOS
    profile.name = first
    let simulation = Simulation(seed: .max, profile: profile, keeping: .all)
    let (server, client) = (simulation.machine(first).kernel, simulation.machine(second).kernel)
    simulation.setLatency(server.machine, client.machine, to: latency)
    let paths: [[UInt8]] = [Array("/a\"b\\c\n".utf8), [0xFF, 0xC3, 0x28, 1], Array(first.utf8.prefix(100)) + [33]]
    for path in paths where !path.contains(0) {
      let socket = try server.openSocket(.unix, .stream)
      try server.bind(socket, to: try UnixAddress(pathname: path.span))
      try server.listen(socket, backlog: 1)
    }
    let (listener, port) = try server.openListener()
    let queue = try Queue(on: server)
    queue.change(.read(listener, [.add, .clear], token: .max))
    let stream = try client.openClient(port, on: server)
    _ = queue.wait()
    let accepted = try server.accept(listener)
    simulation.schedule(after: .milliseconds(1)) { client.send(stream, 3) }
    _ = queue.wait(5_000_000)
    server.receive(accepted)
    return simulation.trace
  }

  @Test("Every line of JSON is one object, whatever names there are", arguments: names)
  func json(name: String) throws(IOError) {
    let trace = try trace(name, name + "2")
    let lines = trace.jsonLines.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == trace.records.count + 3 && lines.last == "")
    for line in lines.dropLast() {
      var parser = JSONParser(line.utf8)
      let isObject = parser.isObject()
      #expect(isObject, "\(line)")
    }
    // What a reader makes of the header's strings is the names again.
    var header = JSONParser(lines[0].utf8)
    let isObject = header.isObject()
    #expect(isObject)
    #expect(header.strings.contains(name) && header.strings.contains(name + "2"))
  }

  @Test("Lanes are 100 columns wide at most, one line a record", arguments: names)
  func lanes(name: String) throws(IOError) {
    let trace = try trace(name, name + "2")
    let lines = trace.lanes().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines.count == trace.records.count { $0.kind != .time } + 2)
    #expect(!trace.lanes().unicodeScalars.contains { $0.value < 32 && $0 != "\n" || (0x7F..<0xA0).contains($0.value) })
    #expect(trace.lanes(last: 3).split(separator: "\n").count <= 5)
  }

  @Test("Lanes put each record under its machine")
  func columns() throws(IOError) {
    let text = try trace("server", "client").lanes()
    let lines = text.split(separator: "\n").map(String.init)
    #expect(
      lines[1] == "time" + String(repeating: " ", count: 11) + "server" + String(repeating: " ", count: 37) + "client")
    let syn = try required(lines.first { $0.contains("→ server SYN #1 to 10.0.0.1:") })
    #expect(syn.hasPrefix("0 ms" + String(repeating: " ", count: 54) + "→"), "\(text)")
    #expect(lines.contains { $0.hasPrefix("1 ms           ← client SYN #1 from 10.0.0.2:") }, "\(text)")
    #expect(lines.contains { $0.contains("(no machine)  scheduled action") }, "\(text)")
    #expect(lines.contains { $0.contains("accept d6 #1 = d8 from 10.0.0.2:") }, "\(text)")
  }

  @Test("Many machines share one lane")
  func manyMachines() throws(IOError) {
    let simulation = Simulation()
    for number in 0..<7 { _ = try simulation.machine("m\(number)").kernel.openPipe() }
    let lines = simulation.trace.lanes().split(separator: "\n")
    #expect(lines.count == 8 && lines.dropFirst().allSatisfy { $0.hasSuffix("  pipe = 0") })
    #expect(lines.last?.hasSuffix("m6  pipe = 0") == true, "\(simulation.trace)")
  }

  @Test("A diagram has a participant a machine, and an arrow for each packet that arrives", arguments: names)
  func mermaid(name: String) throws(IOError) {
    let trace = try trace(name, name + "2")
    let lines = trace.mermaid().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines[0] == "sequenceDiagram")
    #expect(lines[1].hasPrefix("  participant m0 as ") && lines[2].hasPrefix("  participant m1 as "))
    let arrows = lines.filter { $0.hasPrefix("  m0->>m1: ") || $0.hasPrefix("  m1->>m0: ") }
    #expect(arrows.count == trace.records.count { $0.kind == .arrived })
    #expect(arrows.first == "  m1->>m0: SYN #35;1 (1 ms)")
    // Behind the first colon nothing is left that Mermaid reads as its own.
    for line in lines.dropFirst(3) {
      let text = line.drop { $0 != ":" }.dropFirst()
      let signs = text.filter { !$0.isLetter && !$0.isNumber && !" ./_-()=#;".contains($0) }
      #expect(signs.isEmpty && text.allSatisfy(\.isASCII), "\(line)")
    }
    #expect(name != "end" || lines[1] == "  participant m0 as #101;nd")
  }
}

/// A strict reader of JSON (RFC 8259), which keeps the strings that it finds.
private struct JSONParser {
  private var bytes: [UInt8]
  private var index = 0
  private(set) var strings: [String] = []

  init(_ text: some Sequence<UInt8>) { bytes = Array(text) }

  /// Whether the whole text is one object.
  mutating func isObject() -> Bool {
    guard bytes.first == UInt8(ascii: "{"), value(), index == bytes.count else { return false }
    return String(validating: bytes, as: UTF8.self) != nil
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let expected = Array("\(word)".utf8)
    guard bytes[index...].starts(with: expected) else { return false }
    index += expected.count
    return true
  }

  private mutating func value() -> Bool {
    guard index < bytes.count else { return false }
    switch bytes[index] {
    case UInt8(ascii: "{"): return list("{", "}") { $0.string() && $0.take(":" as Unicode.Scalar) && $0.value() }
    case UInt8(ascii: "["): return list("[", "]") { $0.value() }
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return take("true" as StaticString)
    default: return number()
    }
  }

  private mutating func list(
    _ first: Unicode.Scalar, _ last: Unicode.Scalar, _ element: (inout JSONParser) -> Bool
  ) -> Bool {
    guard take(first) else { return false }
    if take(last) { return true }
    repeat {
      guard element(&self) else { return false }
    } while take("," as Unicode.Scalar)
    return take(last)
  }

  private mutating func number() -> Bool {
    _ = take("-" as Unicode.Scalar)
    let start = index
    while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
    return index == start + 1 || index > start && bytes[start] != UInt8(ascii: "0")
  }

  private mutating func string() -> Bool {
    guard take("\"" as Unicode.Scalar) else { return false }
    var found: [UInt8] = []
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      let byte = bytes[index]
      index += 1
      if byte < 0x20 { return false }
      guard byte == UInt8(ascii: "\\") else {
        found.append(byte)
        continue
      }
      guard index < bytes.count else { return false }
      let escape = bytes[index]
      index += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): found.append(escape)
      case UInt8(ascii: "u"):
        guard index + 4 <= bytes.count,
          let code = UInt32(String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(code)
        else { return false }
        found += Array(String(Character(scalar)).utf8)
        index += 4
      default: return false
      }
    }
    strings.append(String(decoding: found, as: UTF8.self))
    return take("\"" as Unicode.Scalar)
  }
}

import Testing

@testable import KeyValueServer

@Suite("Key-value server: the parser")
struct CommandParserTests {
  /// Parses bytes that arrive in two pieces.
  ///
  /// - Parameters:
  ///   - bytes: All bytes.
  ///   - split: The length of the first piece.
  /// - Returns: The words of each command.
  private func parse(_ bytes: [UInt8], split: Int) throws(ProtocolError) -> [[String]] {
    var parser = CommandParser()
    var (start, commands) = (0, [[String]]())
    for end in [split, bytes.count] {
      while start < end, let length = try parser.parse(bytes.span.extracting(start..<end)) {
        commands.append(
          parser.arguments.map {
            String(
              decoding: bytes[start..<start + length][$0.lowerBound + start..<$0.upperBound + start], as: UTF8.self)
          })
        start += length
      }
    }
    return commands
  }

  @Test("The parser finds the same commands wherever the bytes are split")
  func splits() throws {
    let bytes = Array("*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\nPING\r\n  set  a b\n\r\n*0\r\n*-1\r\n*1\r\n$0\r\n\r\n".utf8)
    for split in 0...bytes.count {
      #expect(
        try parse(bytes, split: split) == [["GET", "a\r\nb"], ["PING"], ["set", "a", "b"], [], [], [], [""]], "\(split)"
      )
    }
  }

  @Test(
    "The parser enforces its limits before the bytes arrive",
    arguments: [
      ("*1025\r\n", "invalid multibulk length"), ("*3\r\n$524289\r\n", "invalid bulk length"),
      ("*99999999999999999999\r\n", "invalid multibulk length"),
      ("*1\r\n$99999999999999999999\r\n", "invalid bulk length"),
    ])
  func limits(_ text: String, _ message: String) {
    #expect(throws: ProtocolError(message)) { try parse(Array(text.utf8), split: 0) }
  }

  @Test("The parser limits the length of a whole command")
  func wholeCommand() {
    let argument = "$524288\r\n" + String(repeating: "x", count: 524_288) + "\r\n"
    #expect(throws: ProtocolError("too big command")) {
      try parse(Array("*3\r\n\(argument)$524288\r\n".utf8), split: 0)
    }
  }

  @Test(
    "The conversion accepts exactly the integers that Redis accepts",
    arguments: [
      ("0", 0), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("", nil), ("-", nil),
      ("+1", nil),
      ("01", nil), ("-0", nil), (" 1", nil), ("1 ", nil), ("9223372036854775808", nil), ("-9223372036854775809", nil),
      ("92233720368547758070", nil), ("1a", nil),
    ] as [(String, Int64?)])
  func integers(_ text: String, _ number: Int64?) {
    #expect(Array(text.utf8).span.integer == number)
    guard let number else { return }
    var bytes: [UInt8] = []
    bytes.append(decimal: number)
    #expect(bytes == Array(text.utf8))
  }
}

@Suite("Key-value server: the heap of deadlines")
struct DeadlineHeapTests {
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  @Test(
    "Random timers pass in the order of a sorted array, and dead entries stay few",
    arguments: 1...10 as ClosedRange<UInt64>)
  func model(seed: UInt64) {
    var random = Random(state: seed)
    var heap = DeadlineHeap<Int, Int>()
    var timers: [(deadline: Int, id: Int)] = []
    for now in 0..<1_000 {
      let id = Int.random(in: 0..<50, using: &random)
      timers.removeAll { $0.id == id }
      if Int.random(in: 0..<3, using: &random) == 0 {
        heap.cancel(id)
      } else {
        let deadline = now + Int.random(in: 0..<100, using: &random)
        heap.set(deadline, for: id)
        // Equal deadlines stay in the order in which the test sets the deadlines.
        timers.insert((deadline, id), at: timers.firstIndex { $0.deadline > deadline } ?? timers.endIndex)
      }
      #expect(heap[id] == timers.first { $0.id == id }?.deadline)
      while let first = timers.first, first.deadline <= now {
        #expect(heap.popFirst(passedAt: now) == first.id)
        timers.removeFirst()
      }
      #expect(heap.popFirst(passedAt: now) == nil)
      #expect(heap.nearest == timers.first?.deadline && heap.count == timers.count)
      #expect(heap.entryCount <= 2 * heap.count + 16)
    }
  }

  @Test("Setting one timer many times keeps the heap small")
  func reset() {
    var heap = DeadlineHeap<Int, Int>()
    for now in 0..<1_000 {
      heap.set(now + 1_000, for: 1)
      #expect(heap.entryCount <= 18)
    }
    #expect(heap.nearest == 1_999)
  }
}

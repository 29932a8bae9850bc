/// A mistake of a client after which the beginning of its next command is unknown.
struct ProtocolError: Error, Equatable {
  let message: String

  init(_ message: String) {
    self.message = message
  }
}

/// Finds commands in the bytes of a stream: arrays of bulk strings, or lines of words.
///
/// ```text
/// *2\r\n$3\r\nGET\r\n$3\r\nkey\r\n
/// GET key\r\n
/// ```
///
/// A command may arrive in any number of pieces. The parser remembers how far it came, so it looks at no byte twice. All
/// positions count from the beginning of the command, so the input may move its bytes between two calls.
struct CommandParser {
  /// The most arguments of a command; its name is one of them.
  static var argumentLimit: Int { 1024 }
  /// The longest argument.
  static var bulkLimit: Int { 512 << 10 }
  /// The longest command in all, and so the most input that the parser ever waits for.
  static var commandLimit: Int { 1 << 20 }
  /// The longest line.
  static var lineLimit: Int { 64 << 10 }

  /// The places of the arguments of the last command that was found.
  private(set) var arguments: [Range<Int>] = []

  /// How many arguments are still to come; `nil` before the first line is complete.
  private var missing: Int?
  /// The length of the next argument, if the line before it is complete.
  private var bulkLength: Int?
  /// Where the next line or argument begins.
  private var position = 0
  /// How far the line was searched for its end.
  private var scanned = 0

  /// Returns the length of the command with which the bytes begin, or `nil` if it is not complete.
  ///
  /// The next call begins with the next command, whose bytes follow. An empty command has no arguments, not even a name.
  mutating func parse(_ bytes: Span<UInt8>) throws(ProtocolError) -> Int? {
    if missing == 0 { begin() }
    if missing == nil {
      guard let line = try nextLine(bytes) else { return nil }
      if line.isEmpty || bytes[0] != UInt8(ascii: "*") {
        try split(bytes, line)
      } else {
        missing = try length(bytes, line, atMost: Self.argumentLimit, "invalid multibulk length")
      }
    }
    while let count = missing, count > 0 {
      guard let argument = try nextArgument(bytes) else { return nil }
      arguments.append(argument)
      missing = count - 1
    }
    return position
  }

  private mutating func begin() {
    arguments.removeAll(keepingCapacity: true)
    missing = nil
    position = 0
    scanned = 0
  }

  private mutating func nextArgument(_ bytes: Span<UInt8>) throws(ProtocolError) -> Range<Int>? {
    if bulkLength == nil {
      guard let line = try nextLine(bytes) else { return nil }
      guard !line.isEmpty, bytes[line.lowerBound] == UInt8(ascii: "$") else {
        let other = line.isEmpty ? " " : Character(Unicode.Scalar(bytes[line.lowerBound]))
        throw ProtocolError("expected '$', got '\(other)'")
      }
      bulkLength = try length(bytes, line, atMost: Self.bulkLimit, "invalid bulk length")
    }
    guard let bulkLength else { return nil }
    let end = position + bulkLength
    // The length is known before the argument arrives, so the server never buffers more.
    guard end + 2 <= Self.commandLimit else { throw ProtocolError("too big command") }
    guard end + 2 <= bytes.count else { return nil }
    guard bytes[end] == UInt8(ascii: "\r"), bytes[end + 1] == UInt8(ascii: "\n") else {
      throw ProtocolError("expected the end of a bulk string")
    }
    defer {
      self.bulkLength = nil
      position = end + 2
      scanned = position
    }
    return position..<end
  }

  /// Returns the place of the next line, without its end, or `nil` if it is not complete.
  private mutating func nextLine(_ bytes: Span<UInt8>) throws(ProtocolError) -> Range<Int>? {
    while scanned < bytes.count, bytes[scanned] != UInt8(ascii: "\n") { scanned += 1 }
    guard scanned - position <= Self.lineLimit else {
      throw ProtocolError(missing == nil ? "too big inline request" : "too big bulk count string")
    }
    guard scanned < bytes.count else { return nil }
    let hasReturn = scanned > position && bytes[scanned - 1] == UInt8(ascii: "\r")
    let line = position..<(hasReturn ? scanned - 1 : scanned)
    scanned += 1
    position = scanned
    return line
  }

  /// Returns the number after the first byte of a line.
  ///
  /// The number of an array may be negative. Such an array is empty.
  private func length(
    _ bytes: Span<UInt8>, _ line: Range<Int>, atMost limit: Int, _ complaint: String
  ) throws(ProtocolError) -> Int {
    let number = bytes.extracting(line.lowerBound + 1..<line.upperBound).integer
    guard let number, number <= limit, number >= 0 || missing == nil else { throw ProtocolError(complaint) }
    return max(0, Int(number))
  }

  /// Finds the words of a line.
  private mutating func split(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(ProtocolError) {
    missing = 0
    var start = line.lowerBound
    for index in line.lowerBound...line.upperBound {
      guard index == line.upperBound || bytes[index] == UInt8(ascii: " ") else { continue }
      if start < index { arguments.append(start..<index) }
      start = index + 1
      if arguments.count > Self.argumentLimit { throw ProtocolError("too many words") }
    }
  }
}

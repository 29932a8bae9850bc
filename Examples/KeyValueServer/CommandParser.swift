/// A violation of the protocol by a client.
///
/// After a violation, the parser cannot find the client's next command.
struct ProtocolError: Error, Equatable {
  let message: String

  init(_ message: String) {
    self.message = message
  }
}

/// Finds commands in the bytes of a stream.
///
/// A command is an array of bulk strings, or a line of words:
///
/// ```text
/// *2\r\n$3\r\nGET\r\n$3\r\nkey\r\n
/// GET key\r\n
/// ```
///
/// A command may arrive in any number of pieces. The parser remembers its position, so it does not search the earlier
/// pieces again. All positions count from the beginning of the command, so the caller may move the bytes between two
/// calls.
struct CommandParser {
  /// The largest number of arguments of a command, including its name.
  static var argumentLimit: Int { 1024 }
  /// The largest length of an argument, in bytes.
  static var bulkLimit: Int { 512 << 10 }
  /// The largest length of a whole command, in bytes.
  static var commandLimit: Int { 1 << 20 }
  /// The largest length of a line, in bytes.
  static var lineLimit: Int { 64 << 10 }

  /// The places of the arguments in the command that `parse(_:)` has found.
  private(set) var arguments: [Range<Int>] = []

  /// The number of arguments that have not arrived, or `nil` until the first line is complete.
  private var missing: Int?
  /// The length of the next argument, or `nil` until the line before the argument is complete.
  private var bulkLength: Int?
  /// The position of the next line or argument.
  private var position = 0
  /// The position up to which the parser has searched for the end of the line.
  private var scanned = 0

  /// Finds the command at the beginning of the bytes.
  ///
  /// After a complete command, pass the bytes that follow the command. An empty command has no arguments and no name.
  ///
  /// - Returns: The length of the command, or `nil` if the command is not complete.
  /// - Throws: A `ProtocolError` if the bytes violate the protocol or exceed a limit.
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
    // The check precedes the bytes of the argument, so the server does not buffer a command that is too long.
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

  /// Returns the place of the next line, without its end, or `nil` if the line is not complete.
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
  /// The number of an array may be negative. An array with a negative number is empty.
  private func length(
    _ bytes: Span<UInt8>, _ line: Range<Int>, atMost limit: Int, _ complaint: String
  ) throws(ProtocolError) -> Int {
    let number = bytes.extracting(line.lowerBound + 1..<line.upperBound).integer
    guard let number, number <= limit, number >= 0 || missing == nil else { throw ProtocolError(complaint) }
    return max(0, Int(number))
  }

  /// Adds the words of a line to the arguments.
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

import MetalIO

extension Store {
  /// The longest time until a key expires, in seconds: about 250 years.
  ///
  /// The clock counts nanoseconds in 64 bits, and cannot express a much later deadline.
  static var longestTime: Int64 { 7_900_000_000 }

  /// Executes a command and appends its answer.
  mutating func execute(_ command: Command, at now: Instant, _ output: inout [UInt8]) {
    // An empty line is not a command, and gets no answer.
    if command.count == 0 { return }
    guard let name = Word(command[0]), let counts = Self.argumentCounts(of: name) else {
      return output.append(error: Self.complaint(aboutUnknown: command))
    }
    guard counts.contains(command.count) else {
      return output.append(error: "ERR wrong number of arguments for '\(text(command[0]).lowercased())' command")
    }
    switch name {
    case "ping" where command.count == 1: output.append(status: "PONG")
    case "ping", "echo": output.append(bulk: command[1])
    case "get": output.append(bulk: value(of: Array(command[1]), at: now))
    case "set": set(command, at: now, &output)
    case "del":
      let removed = (1..<command.count).count { remove(Array(command[$0]), at: now) }
      output.append(integer: Int64(removed))
    case "incr": increment(Array(command[1]), at: now, &output)
    case "expire": expire(command, at: now, &output)
    case "ttl": output.append(integer: secondsLeft(Array(command[1]), at: now))
    case "config": config(command, &output)
    // COMMAND: a client asks for a list of all commands. Clients also work with an empty list.
    default: output.append(arrayOf: 0)
    }
  }

  /// Returns the numbers of arguments that a command accepts, including its name.
  ///
  /// The result is `nil` for an unknown command.
  private static func argumentCounts(of name: Word) -> ClosedRange<Int>? {
    switch name {
    case "get", "incr", "ttl", "echo": 2...2
    case "ping": 1...2
    case "expire": 3...3
    case "set": 3...CommandParser.argumentLimit
    case "del", "config": 2...CommandParser.argumentLimit
    case "command": 1...CommandParser.argumentLimit
    default: nil
    }
  }

  private mutating func set(_ command: Command, at now: Instant, _ output: inout [UInt8]) {
    var deadline: Instant?
    if command.count > 3 {
      guard command.count == 5, Word(command[3]) == "ex" else { return output.append(error: "ERR syntax error") }
      guard let seconds = seconds(command[4], &output) else { return }
      guard seconds > 0, seconds <= Self.longestTime else {
        return output.append(error: "ERR invalid expire time in 'set' command")
      }
      deadline = now.advanced(by: .seconds(seconds))
    }
    set(Array(command[1]), to: Array(command[2]), until: deadline)
    output.append(status: "OK")
  }

  private mutating func increment(_ key: [UInt8], at now: Instant, _ output: inout [UInt8]) {
    let old = value(of: key, at: now)
    guard let number = old.map({ $0.span.integer }) ?? 0 else {
      return output.append(error: "ERR value is not an integer or out of range")
    }
    guard number < .max else { return output.append(error: "ERR increment or decrement would overflow") }
    var digits: [UInt8] = []
    digits.append(decimal: number + 1)
    if old == nil { set(key, to: digits) } else { replace(key, by: digits) }
    output.append(integer: number + 1)
  }

  private mutating func expire(_ command: Command, at now: Instant, _ output: inout [UInt8]) {
    guard let seconds = seconds(command[2], &output) else { return }
    guard seconds.magnitude <= Self.longestTime else {
      return output.append(error: "ERR invalid expire time in 'expire' command")
    }
    let key = Array(command[1])
    // If the deadline is not in the future, the command removes the key.
    let hasKey =
      seconds > 0 ? expire(key, at: now.advanced(by: .seconds(seconds)), now: now) : remove(key, at: now)
    output.append(integer: hasKey ? 1 : 0)
  }

  private func secondsLeft(_ key: [UInt8], at now: Instant) -> Int64 {
    guard value(of: key, at: now) != nil else { return -2 }
    guard let deadline = deadline(of: key) else { return -1 }
    return (now.duration(to: deadline) + .milliseconds(500)).components.seconds
  }

  private func seconds(_ argument: ArraySlice<UInt8>, _ output: inout [UInt8]) -> Int64? {
    let seconds = argument.span.integer
    if seconds == nil { output.append(error: "ERR value is not an integer or out of range") }
    return seconds
  }

  /// Answers CONFIG GET with an empty value for the setting.
  private func config(_ command: Command, _ output: inout [UInt8]) {
    guard Word(command[1]) == "get", command.count == 3 else {
      return output.append(error: "ERR unknown subcommand '\(text(command[1]))'. Try CONFIG HELP.")
    }
    output.append(arrayOf: 2)
    output.append(bulk: command[2])
    output.append(bulk: "".utf8)
  }

  private static func complaint(aboutUnknown command: Command) -> String {
    var arguments = ""
    for index in 1..<command.count where arguments.utf8.count < 128 {
      arguments += "'\(text(command[index].prefix(128 - arguments.utf8.count)))' "
    }
    return "ERR unknown command '\(text(command[0].prefix(128)))', with args beginning with: \(arguments)"
  }
}

/// Converts bytes to the text of a message.
private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The command line behind the scenario; Benchmarks/README.md says what the options mean.
struct Options {
  /// How a reading ends that an event began.
  enum ReadingEnd: String {
    case own
    case level
    case wouldBlock = "would-block"
    case shortRead = "short-read"
  }

  var end = ReadingEnd.own
  var connections = 1
  var pairs = 100
  var tokens = 1
  var rounds = 1000
  var threads = 1
  var ready = 1000
  var registrations = 10_000
  var port: UInt16 = 0

  init(_ arguments: ArraySlice<String>) {
    var arguments = arguments
    while let argument = arguments.popFirst() {
      switch argument {
      case "--end":
        guard let word = arguments.popFirst(), let end = ReadingEnd(rawValue: word) else { failUsage() }
        self.end = end
      case "--connections": connections = number(arguments.popFirst())
      case "--pairs": pairs = number(arguments.popFirst())
      case "--tokens": tokens = number(arguments.popFirst())
      case "--rounds": rounds = number(arguments.popFirst())
      case "--threads": threads = number(arguments.popFirst())
      case "--ready": ready = number(arguments.popFirst())
      case "--registrations": registrations = number(arguments.popFirst())
      default:
        guard let port = UInt16(argument) else { failUsage() }
        self.port = port
      }
    }
  }
}

private func number(_ word: String?) -> Int {
  guard let word, let number = Int32(word), number >= 1 else { failUsage() }
  return Int(number)
}

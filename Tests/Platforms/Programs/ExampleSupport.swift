// What the example programs take from the hosted standard library, and from their module ExampleSupport.

internal import CTesting

/// The arguments with which the program was started.
public enum CommandLine {
  /// The arguments, and before them the path of the program.
  public static var arguments: [String] {
    var arguments: [String] = []
    // Safety: an argument ends with a zero.
    while let argument = unsafe testing_argument(Int32(arguments.count)) {
      arguments.append(unsafe String(cString: argument))
    }
    return arguments
  }
}

/// Prints a line.
public func announce(_ line: String) { print(line) }

/// Prints a message and ends the process with status 1.
public func fail(_ message: String) -> Never {
  print(message)
  testing_exit(1)
}

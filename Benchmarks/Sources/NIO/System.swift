// SYSTEM SCENARIO [--option value]… [PORT]: Benchmarks/README.md says what that means.

import NIOCore
import NIOPosix

/// SwiftNIO as its users write it: channels with a handler, and one event loop.
///
/// Channels own what they register and read by themselves, so most scenarios without a server are not its.
@main
enum System {
  static let name = "SwiftNIO"

  static func main() throws {
    guard let scenario = CommandLine.arguments.dropFirst().first else { failUsage() }
    let options = Options(CommandLine.arguments.dropFirst(2))
    raiseDescriptorLimit()
    if options.end != .own { cannot("it ends a reading in its own way") }
    switch scenario {
    case "echo": try runEcho(options)
    case "wake": try runWake(options)
    case "wake-storm": try runWakeStorm(options)
    case "footprint": try runFootprint(options)
    default: cannot("it has no such scenario")
    }
  }
}

// SYSTEM SCENARIO [--option value]… [PORT]: Benchmarks/README.md says what that means.

import MetalCore

/// The system under test: this program.
@main
enum System {
  static func main() {
    guard let scenario = CommandLine.arguments.dropFirst().first else { failUsage() }
    let options = Options(CommandLine.arguments.dropFirst(2))
    raiseDescriptorLimit()
    if options.end == .level { cannot("its events are edge-triggered") }
    do throws(IOError) {
      switch scenario {
      case "echo": try runEcho(options)
      case "ring": try runRing(options)
      case "churn": try runChurn(options)
      case "wake": try runWake(options)
      case "wake-storm": try runWakeStorm(options)
      case "dispatch": try runDispatch(options)
      case "footprint": try runFootprint(options)
      default: failUsage()
      }
    } catch {
      fail("\(error)")
    }
  }
}

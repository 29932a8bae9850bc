// The program that is run where Embedded Swift can be: on Linux.

internal import MetalCore

@main
struct Main {
  static func main() {
    do throws(IOError) {
      let first = try exchange(seed: 1)
      let second = try exchange(seed: 1)
      precondition(first.echoed == 64 && first.wasWoken, "The exchange is not what it is elsewhere.")
      precondition(first == second, "Two runs with one seed differ.")
      let text = try instantiateSimulation()
      precondition(!text.isEmpty, "Nothing was told of what was used.")
      print("an exchange on the simulated kernel ran as Embedded Swift, digest \(first.digest)")
    } catch {
      preconditionFailure("The simulated kernel refuses what it does elsewhere.")
    }
  }
}

internal import MetalSystem

/// The seeds that the environment requests.
enum SeedRequest: Equatable {
  /// A number of seeds; `nil` for the number of the trait.
  case count(Int?)
  /// One seed alone.
  case replay(UInt64)
  /// A message about a variable with an invalid value.
  case unreadable(String)

  static func ofEnvironment() -> Self {
    Self(simulation: environmentValue("METAL_SIMULATION"), seeds: environmentValue("METAL_SIMULATION_SEEDS"))
  }

  /// Reads the values of METAL_SIMULATION and METAL_SIMULATION_SEEDS.
  ///
  /// The first variable has priority.
  init(simulation: String?, seeds: String?) {
    if let simulation {
      let (key, text) = (simulation.prefix(5), simulation.dropFirst(5))
      if key == "seed=", let seed = UInt64(text) {
        self = .replay(seed)
      } else {
        self = .unreadable(
          "METAL_SIMULATION is \"\(simulation)\", which names no seed. Set it to a number, as in seed=17.")
      }
    } else if let seeds {
      if let count = Int(seeds), count > 0 {
        self = .count(count)
      } else {
        self = .unreadable(
          "METAL_SIMULATION_SEEDS is \"\(seeds)\", which is not a number of seeds. Set it to 1 or more, as in 10000.")
      }
    } else {
      self = .count(nil)
    }
  }
}

/// A generator of random numbers that depend only on a simulation's seed and on a label.
///
/// Each purpose has a stream of its own, so a new draw in one place changes no number in another place. A stream has
/// the same numbers on every machine and in every version. The generator is xoshiro256**, with a state from SplitMix64.
///
/// Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Makes the stream of a seed and a label.
  init(seed: UInt64, label: String) {
    var hash = Digest()
    for byte in label.utf8 { hash.combine(UInt64(byte)) }
    var filler = seed ^ hash.value
    func next() -> UInt64 {
      filler &+= 0x9E37_79B9_7F4A_7C15
      var word = filler
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
    state = (next(), next(), next(), next())
  }

  /// Draws the next 64 bits.
  ///
  /// - Complexity: O(1); no allocation.
  public mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// Draws a number below a bound.
  ///
  /// The result is the high word of the product of 64 random bits and the bound. The bias is below bound / 2^64.
  /// `Int.random(in:using:)` may draw other numbers with another version of the standard library.
  ///
  /// - Parameter bound: The number above the largest result; 0 stops the program.
  /// - Complexity: O(1); no allocation.
  public mutating func next(below bound: UInt64) -> UInt64 {
    guard bound > 0 else { fatalError("No number is below the bound 0. Give a bound of 1 or more.") }
    return next().multipliedFullWidth(by: bound).high
  }
}

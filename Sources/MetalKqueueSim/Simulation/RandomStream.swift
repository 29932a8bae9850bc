/// A source of numbers that depend on a simulation's seed and a label, and on nothing else.
///
/// Each purpose has a stream of its own, so that a draw more in one place changes nothing in another. The numbers of a
/// stream are the same on every machine and in every version of this library: xoshiro256**, whose state is filled by
/// SplitMix64.
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

  /// Draws a number below a bound, which must be positive.
  ///
  /// Unlike `Int.random(in:using:)`, whose use of a generator may change with the standard library, it always makes the
  /// same of the same bits: the high word of their product with the bound. The bias is below bound / 2^64.
  ///
  /// - Complexity: O(1); no allocation.
  public mutating func next(below bound: UInt64) -> UInt64 {
    guard bound > 0 else { fatalError("No number is below the bound 0. Give a bound of 1 or more.") }
    return next().multipliedFullWidth(by: bound).high
  }
}

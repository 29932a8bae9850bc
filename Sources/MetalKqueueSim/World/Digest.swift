/// A hash of words that is the same on every host: FNV-1a, with words instead of bytes.
struct Digest: Hashable, Sendable {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(_ word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01B3
    // A multiplication carries nothing from the high bits to the low bits.
    value ^= value >> 29
  }

  mutating func combine(_ word: Int) {
    combine(UInt64(bitPattern: Int64(word)))
  }
}

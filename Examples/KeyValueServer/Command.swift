/// A command of a client, which shares the bytes of the input.
struct Command {
  private let bytes: ArraySlice<UInt8>
  private let ranges: [Range<Int>]

  /// Makes a command.
  ///
  /// - Parameters:
  ///   - bytes: All bytes of the command.
  ///   - ranges: The places of the arguments, relative to the first byte of the command.
  init(_ bytes: ArraySlice<UInt8>, _ ranges: [Range<Int>]) {
    self.bytes = bytes
    self.ranges = ranges
  }

  /// The number of arguments, including the name.
  var count: Int { ranges.count }

  /// The argument at an index.
  ///
  /// The argument at index 0 is the name of the command.
  subscript(index: Int) -> ArraySlice<UInt8> {
    let range = ranges[index]
    return bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound]
  }
}

/// A word of up to eight bytes that ignores case.
///
/// The word packs its bytes into an integer, so that a `switch` compares integers.
struct Word: Equatable, ExpressibleByStringLiteral {
  private var packed: UInt64 = 0

  /// Makes a word from bytes.
  ///
  /// The result is `nil` for more than eight bytes.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count <= 8 else { return nil }
    for byte in bytes { add(byte) }
  }

  init(stringLiteral text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount {
      // Safety: the literal exists until the process ends, and the index is below the length of the literal.
      unsafe add(text.utf8Start[index])
    }
  }

  /// Appends a byte, and converts a letter to lower case.
  ///
  /// The conversion may also change a byte that is not a letter, but the result is never a letter.
  private mutating func add(_ byte: UInt8) {
    packed = packed << 8 | UInt64(byte | 0x20)
  }
}

extension Span<UInt8> {
  /// The integer that the bytes represent, or `nil` if Redis does not accept the bytes as an integer.
  ///
  /// Redis accepts digits without leading zeros. The only accepted sign is `-`.
  var integer: Int64? {
    let isNegative = count > 0 && self[0] == UInt8(ascii: "-")
    let first = isNegative ? 1 : 0
    guard count > first else { return nil }
    if self[first] == UInt8(ascii: "0") { return count == 1 ? 0 : nil }
    var number: Int64 = 0
    for index in first..<count {
      guard case let digit = self[index] &- UInt8(ascii: "0"), digit <= 9 else { return nil }
      // The sum is negative, because `Int64` has one more negative number than positive numbers.
      let (product, isTooLong) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLarge) = product.subtractingReportingOverflow(Int64(digit))
      guard !isTooLong, !isTooLarge else { return nil }
      number = sum
    }
    if isNegative { return number }
    return number == .min ? nil : -number
  }
}

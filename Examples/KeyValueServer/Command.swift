/// A command of a client: its name and its arguments, where they are in the input.
struct Command {
  private let bytes: ArraySlice<UInt8>
  private let ranges: [Range<Int>]

  /// Makes a command of bytes, and of the ranges of its arguments, which count from the first of these bytes.
  init(_ bytes: ArraySlice<UInt8>, _ ranges: [Range<Int>]) {
    self.bytes = bytes
    self.ranges = ranges
  }

  /// How many arguments the command has, including its name.
  var count: Int { ranges.count }

  /// An argument; that of index 0 is the name.
  subscript(index: Int) -> ArraySlice<UInt8> {
    let range = ranges[index]
    return bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound]
  }
}

/// A word of up to eight bytes without regard to case, packed into an integer, so that a `switch` compares integers.
struct Word: Equatable, ExpressibleByStringLiteral {
  private var packed: UInt64 = 0

  /// Packs bytes; more than eight are not a word.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count <= 8 else { return nil }
    for byte in bytes { add(byte) }
  }

  init(stringLiteral text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount {
      // Safety: the pointer is to the literal, which lasts for ever, and the index is in it.
      unsafe add(text.utf8Start[index])
    }
  }

  /// Adds a letter in lower case, or a byte that is no letter as one that is no letter.
  private mutating func add(_ byte: UInt8) {
    packed = packed << 8 | UInt64(byte | 0x20)
  }
}

extension Span<UInt8> {
  /// The integer that the bytes write in the one way in which Redis accepts it: no sign but `-`, no zeros before it.
  var integer: Int64? {
    let isNegative = count > 0 && self[0] == UInt8(ascii: "-")
    let first = isNegative ? 1 : 0
    guard count > first else { return nil }
    if self[first] == UInt8(ascii: "0") { return count == 1 ? 0 : nil }
    var number: Int64 = 0
    for index in first..<count {
      guard case let digit = self[index] &- UInt8(ascii: "0"), digit <= 9 else { return nil }
      // Below zero there is one number more.
      let (product, isTooLong) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLarge) = product.subtractingReportingOverflow(Int64(digit))
      guard !isTooLong, !isTooLarge else { return nil }
      number = sum
    }
    if isNegative { return number }
    return number == .min ? nil : -number
  }
}

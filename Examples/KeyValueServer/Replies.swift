// Methods that append answers in the Redis protocol to the output of a connection.

extension [UInt8] {
  mutating func append(status text: String) {
    append(line: UInt8(ascii: "+"), text.utf8)
  }

  /// Appends an error.
  ///
  /// The text may contain line ends from the client. The method replaces each byte of a line end by a space.
  mutating func append(error text: String) {
    append(line: UInt8(ascii: "-"), text.utf8.map { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") ? 0x20 : $0 })
  }

  mutating func append(integer value: Int64) {
    append(header: UInt8(ascii: ":"), value)
  }

  /// Appends a string of any bytes, or for `nil` the answer that reports a missing value.
  mutating func append(bulk bytes: (some Collection<UInt8>)?) {
    guard let bytes else { return append(header: UInt8(ascii: "$"), -1) }
    append(header: UInt8(ascii: "$"), Int64(bytes.count))
    append(contentsOf: bytes)
    appendLineEnd()
  }

  /// Appends the beginning of an array.
  ///
  /// The caller appends the elements after this call.
  mutating func append(arrayOf count: Int) {
    append(header: UInt8(ascii: "*"), Int64(count))
  }

  private mutating func append(line kind: UInt8, _ text: some Sequence<UInt8>) {
    append(kind)
    append(contentsOf: text)
    appendLineEnd()
  }

  private mutating func append(header kind: UInt8, _ value: Int64) {
    append(kind)
    append(decimal: value)
    appendLineEnd()
  }

  /// Appends a number in decimal.
  mutating func append(decimal value: Int64) {
    let start = count
    var rest = value.magnitude
    repeat {
      append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    if value < 0 { append(UInt8(ascii: "-")) }
    // The loop has appended the last digit first.
    self[start...].reverse()
  }

  private mutating func appendLineEnd() {
    append(UInt8(ascii: "\r"))
    append(UInt8(ascii: "\n"))
  }
}

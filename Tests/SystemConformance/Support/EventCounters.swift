import Glibc
import Testing

/// Adds to an eventfd's counter.
func add(_ amount: UInt64, to descriptor: Int32) throws {
  var amount = amount
  // Safety: the call reads the eight bytes of the number.
  try #require(unsafe write(descriptor, &amount, 8) == 8)
}

/// Reads the counter of an eventfd or a timerfd, which is zero then.
func counter(of descriptor: Int32) throws -> UInt64 {
  var count = UInt64(0)
  // Safety: the call writes the eight bytes of the number.
  try #require(unsafe read(descriptor, &count, 8) == 8)
  return count
}

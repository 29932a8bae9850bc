import CSystem
import MetalCore
import MetalSystem

/// Adds to an eventfd's counter.
func add(_ amount: UInt64, to descriptor: Int32) throws(IOError) {
  try checked(system_add(descriptor, amount))
}

/// Reads the counter of an eventfd or a timerfd, which is zero then.
func counter(of descriptor: Int32) throws(IOError) -> Int64 {
  let count = system_take_count(descriptor)
  guard count >= 0 else { throw IOError(errno: Int32(-count)) }
  return count
}

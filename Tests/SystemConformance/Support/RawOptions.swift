import CSystem
import MetalCore
import MetalSystem

/// A socket option's value, asked of the system past the library.
func rawOption(_ level: Int32, _ name: Int32, of descriptor: SystemKernel.Descriptor) throws(IOError) -> Int32 {
  var value: Int32 = 0
  // Safety: the call writes one `int`.
  try checked(unsafe system_get_option(descriptor, level, name, &value))
  return value
}

/// Sets a socket option past the library.
func setRawOption(
  _ level: Int32, _ name: Int32, of descriptor: SystemKernel.Descriptor, to value: Int32
) throws(IOError) {
  try checked(system_set_option(descriptor, level, name, value))
}

#if !METAL_WINDOWS
/// The hops that packets arrive with, asked of the system past the library.
enum Hops {
  /// Has a datagram socket of IPv4 report the hops of what it receives.
  static func report(on descriptor: Int32) throws(IOError) {
    try setRawOption(system_level_ip, IP_RECVTTL, of: descriptor, to: 1)
  }

  /// Has a TCP socket of IPv4 ignore packets with fewer hops.
  static func require(_ hops: Int32, on descriptor: Int32) throws(IOError) {
    try setRawOption(system_level_ip, IP_MINTTL, of: descriptor, to: hops)
  }

  /// Receives a datagram that has arrived, and returns the hops that it arrived with.
  static func received(on descriptor: Int32) throws(IOError) -> Int32 {
    try checked(system_receive_hops(descriptor))
  }
}
#endif

/// Sends one urgent byte over a stream, for which the library has no call.
func sendUrgently<T: Performing & ~Copyable>(_ byte: UInt8, over stream: borrowing T) throws(IOError) {
  _ = try stream.perform { descriptor throws(IOError) in try checked(system_send_urgent(descriptor, byte)) }
}

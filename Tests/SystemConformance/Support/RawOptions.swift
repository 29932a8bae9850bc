import Glibc
import MetalCore

/// A socket option's value, asked of the system past the library.
func rawOption(_ level: Int, _ name: Int32, of descriptor: Int32) throws -> Int32 {
  var value: Int32 = 0
  var length = socklen_t(MemoryLayout<Int32>.size)
  // Safety: the call writes one `int`.
  let result = unsafe getsockopt(descriptor, Int32(level), name, &value, &length)
  guard result == 0 else { throw IOError(.other, code: errno) }
  return value
}

func rawOption(_ level: Int32, _ name: Int32, of descriptor: Int32) throws -> Int32 {
  try rawOption(Int(level), name, of: descriptor)
}

/// Sets a socket option past the library.
func setRawOption(_ level: Int32, _ name: Int32, of descriptor: Int32, to value: Int32) throws {
  var value = value
  // Safety: the call reads one `int`.
  try SystemCall.check(unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)))
}

/// Datagram sockets that were made without the library: blocking, and not close-on-exec.
enum RawDatagramSocket {
  /// Makes a socket that is bound to the loopback address of a family, with a port that the system chooses.
  static func bound(_ family: Int32) throws -> Int32 {
    let descriptor = try SystemCall.check(socket(family, Int32(SOCK_DGRAM.rawValue), 0))
    if family == AF_INET {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(family)
      address.sin_addr.s_addr = IPv4Address.loopback.rawValue.bigEndian
      try unsafe SystemCall.call(with: address) { unsafe bind(descriptor, $0, $1) }
    } else {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(family)
      address.sin6_addr = in6addr_loopback
      try unsafe SystemCall.call(with: address) { unsafe bind(descriptor, $0, $1) }
    }
    return descriptor
  }
}

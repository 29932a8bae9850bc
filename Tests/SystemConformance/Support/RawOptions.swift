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

/// Datagram sockets that were made without the library: blocking, and not close-on-exec.
enum RawDatagramSocket {
  /// Makes a socket that is bound to the loopback address of a family, with a port that the system chooses.
  static func bound(_ family: Int32) throws -> Int32 {
    let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue), 0)
    guard descriptor >= 0 else { throw IOError(.other, code: errno) }
    let result: Int32
    if family == AF_INET {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(family)
      address.sin_addr.s_addr = IPv4Address.loopback.rawValue.bigEndian
      result = unsafe bind(descriptor, to: &address)
    } else {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(family)
      address.sin6_addr = in6addr_loopback
      result = unsafe bind(descriptor, to: &address)
    }
    guard result == 0 else { throw IOError(.other, code: errno) }
    return descriptor
  }

  @unsafe
  private static func bind<Address>(_ descriptor: Int32, to address: inout Address) -> Int32 {
    // Safety: every socket address may be passed as a `sockaddr` with its own length.
    unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }
}

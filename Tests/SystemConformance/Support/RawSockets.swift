import Glibc
import MetalCore
import MetalSystem

/// A descriptor's status flags and its own flags, as fcntl(2) tells them.
struct DescriptorFlags: Equatable {
  let status: Int32
  let own: Int32

  init(of descriptor: Int32) {
    status = fcntl(descriptor, F_GETFL)
    own = fcntl(descriptor, F_GETFD)
  }

  var isOpen: Bool { own >= 0 }
  var isNonBlocking: Bool { status & O_NONBLOCK != 0 }
  var isCloseOnExec: Bool { own & FD_CLOEXEC != 0 }
}

/// Sockets that were made without the library: blocking, and not close-on-exec, until they are told otherwise.
enum RawSocket {
  /// Makes a listener on 127.0.0.1, with a port that the system chooses.
  static func listener(backlog: Int32 = 16) throws -> Int32 {
    let descriptor = try bound()
    try SystemCall.check(listen(descriptor, backlog))
    return descriptor
  }

  /// Makes a socket that has a port on 127.0.0.1, which the system chooses, and does not listen.
  static func bound() throws -> Int32 {
    let descriptor = try SystemCall.check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    try unsafe SystemCall.call(with: loopback(port: 0)) { unsafe bind(descriptor, $0, $1) }
    return descriptor
  }

  /// Makes a socket and connects it to a port on 127.0.0.1, waiting until it is.
  static func connected(toPort port: UInt16) throws -> Int32 {
    let descriptor = try SystemCall.check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    try unsafe SystemCall.call(with: loopback(port: port)) { unsafe connect(descriptor, $0, $1) }
    return descriptor
  }

  /// Makes a descriptor non-blocking, and changes nothing else.
  static func setNonBlocking(_ descriptor: Int32) throws {
    try SystemCall.check(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK))
  }

  private static func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = IPv4Address.loopback.rawValue.bigEndian
    return address
  }
}

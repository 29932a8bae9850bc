import Glibc
import MetalCore

/// The hops that packets arrive with, asked of the system past the library.
enum Hops {
  /// Has a datagram socket of IPv4 tell the hops of what it receives.
  static func tell(on descriptor: Int32) throws {
    try setRawOption(0, 12, of: descriptor, to: 1)  // IP_RECVTTL
  }

  /// Has a TCP socket of IPv4 ignore packets with fewer hops.
  static func require(_ hops: Int32, on descriptor: Int32) throws {
    try setRawOption(0, 21, of: descriptor, to: hops)  // IP_MINTTL
  }

  /// Receives a datagram that has arrived, and returns the hops that it arrived with.
  static func received(on descriptor: Int32) throws -> Int32 {
    var control = [UInt8](repeating: 0, count: 64)
    var byte: UInt8 = 0
    var message = unsafe msghdr()
    let result = unsafe withUnsafeMutablePointer(to: &byte) { byte in
      var vector = unsafe iovec(iov_base: byte, iov_len: 1)
      return unsafe withUnsafeMutablePointer(to: &vector) { vector in
        unsafe control.withUnsafeMutableBytes { control in
          unsafe message.msg_iov = vector
          unsafe message.msg_iovlen = 1
          unsafe message.msg_control = control.baseAddress
          unsafe message.msg_controllen = control.count
          // Safety: what the message points to lives until the call has returned.
          return unsafe recvmsg(descriptor, &message, 0)
        }
      }
    }
    guard result >= 0, unsafe message.msg_controllen >= 20 else { throw IOError(.other, code: errno) }
    // The one record: its length in 8 bytes, level and type in 4 each, and the hops.
    func word(_ offset: Int) -> Int32 {
      (0..<4).reduce(0) { $0 | Int32(control[offset + $1]) << ($1 * 8) }
    }
    guard word(8) == 0, word(12) == IP_TTL else { throw IOError(.other) }
    return word(16)
  }
}

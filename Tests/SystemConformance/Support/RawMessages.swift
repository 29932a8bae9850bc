import Glibc
import MetalCore

// What a peer may send over a stream besides plain bytes; the library has no calls for it.

/// Sends one urgent byte.
func sendUrgently<T: Performing & ~Copyable>(_ byte: UInt8, over stream: borrowing T) throws(IOError) {
  try stream.perform { descriptor throws(IOError) in
    var byte = byte
    // Safety: the call reads one byte.
    guard unsafe send(descriptor, &byte, 1, Int32(MSG_OOB)) == 1 else { throw IOError(.other, code: errno) }
  }
}

/// Sends bytes with a message beside them, such as a descriptor.
///
/// Source: `struct cmsghdr` in cmsg(3), on a 64-bit system.
func send<T: Performing & ~Copyable>(
  _ bytes: [UInt8], over stream: borrowing T, with kind: Int, _ payload: [Int32]
) throws(IOError) {
  let header = MemoryLayout<UInt64>.size * 2
  var control = [UInt64](repeating: 0, count: 2 + (payload.count + 1) / 2)
  control[0] = UInt64(header + payload.count * MemoryLayout<Int32>.size)
  control[1] = UInt64(SOL_SOCKET) | UInt64(kind) << 32
  for (index, word) in payload.enumerated() {
    control[2 + index / 2] |= UInt64(UInt32(bitPattern: word)) << (index.isMultiple(of: 2) ? 0 : 32)
  }
  var bytes = bytes
  try stream.perform { descriptor throws(IOError) in
    // Safety: the call reads the arrays, which outlive it, and nothing beyond their ends.
    let sent = unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe control.withUnsafeMutableBytes { control in
        var piece = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
        return unsafe withUnsafeMutablePointer(to: &piece) { piece in
          var message = unsafe msghdr()
          unsafe message.msg_iov = piece
          unsafe message.msg_iovlen = 1
          unsafe message.msg_control = control.baseAddress
          unsafe message.msg_controllen = control.count
          return unsafe sendmsg(descriptor, &message, 0)
        }
      }
    }
    guard sent == bytes.count else { throw IOError(.other, code: errno) }
  }
}

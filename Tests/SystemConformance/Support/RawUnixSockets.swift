import Glibc
import MetalCore
import MetalSystem
import Testing

/// Unix-domain sockets that were made without the library: blocking, and not close-on-exec.
enum RawUnixSocket {
  static func make(_ kind: __socket_type) throws -> Int32 {
    try SystemCall.check(socket(AF_UNIX, Int32(kind.rawValue), 0))
  }

  static func bind(_ descriptor: Int32, to address: UnixAddress) throws {
    try unsafe withPath(address) { unsafe Glibc.bind(descriptor, $0, $1) }
  }

  static func connect(_ descriptor: Int32, to address: UnixAddress) throws {
    try unsafe withPath(address) { unsafe Glibc.connect(descriptor, $0, $1) }
  }

  private static func withPath(
    _ address: UnixAddress, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws {
    var raw = sockaddr_un()
    raw.sun_family = sa_family_t(AF_UNIX)
    let path = try #require(address.pathname)
    // Safety: a path has at most 108 bytes.
    unsafe withUnsafeMutableBytes(of: &raw.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    // Safety: every socket address may be passed as a `sockaddr` with its own length.
    let result = unsafe withUnsafePointer(to: &raw) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try SystemCall.check(result)
  }
}

/// Expects what holds for every descriptor that the library opens.
func expectLibraryFlags(_ descriptor: Int32, sourceLocation: SourceLocation = #_sourceLocation) {
  let flags = DescriptorFlags(of: descriptor)
  #expect(flags.isOpen, sourceLocation: sourceLocation)
  #expect(flags.isNonBlocking, sourceLocation: sourceLocation)
  #expect(flags.isCloseOnExec, sourceLocation: sourceLocation)
}

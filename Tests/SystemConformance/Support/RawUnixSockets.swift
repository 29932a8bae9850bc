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
    try unsafe SystemCall.call(with: raw(address)) { unsafe Glibc.bind(descriptor, $0, $1) }
  }

  static func connect(_ descriptor: Int32, to address: UnixAddress) throws {
    try unsafe SystemCall.call(with: raw(address)) { unsafe Glibc.connect(descriptor, $0, $1) }
  }

  private static func raw(_ address: UnixAddress) throws -> sockaddr_un {
    var raw = sockaddr_un()
    raw.sun_family = sa_family_t(AF_UNIX)
    let path = try #require(address.pathname)
    // Safety: a path has at most 108 bytes.
    unsafe withUnsafeMutableBytes(of: &raw.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    return raw
  }
}

/// Expects what holds for every descriptor that the library opens.
func expectLibraryFlags(_ descriptor: Int32, sourceLocation: SourceLocation = #_sourceLocation) {
  let flags = DescriptorFlags(of: descriptor)
  #expect(flags.isOpen, sourceLocation: sourceLocation)
  #expect(flags.isNonBlocking, sourceLocation: sourceLocation)
  #expect(flags.isCloseOnExec, sourceLocation: sourceLocation)
}

/// Makes a descriptor of the test's own non-blocking, and wraps it, which changes nothing of it.
func wrap<T: DescriptorSource<Selector> & ~Copyable>(_ descriptor: Int32) throws -> T {
  try RawSocket.setNonBlocking(descriptor)
  let flags = DescriptorFlags(of: descriptor)
  #expect(flags.isNonBlocking && !flags.isCloseOnExec)
  let source = T(adopting: OwnedDescriptor(adopting: descriptor))
  #expect(source.rawDescriptor == descriptor)
  #expect(DescriptorFlags(of: descriptor) == flags)
  return source
}

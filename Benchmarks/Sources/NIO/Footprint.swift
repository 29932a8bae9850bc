import Glibc
import NIOCore
import NIOPosix

/// What channels of connected sockets take of the process's memory.
func runFootprint(_ options: Options) throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  var pair: [Int32] = [0, 0]
  // Safety: the array has room for the two descriptors that the call writes.
  guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else {
    fail("socketpair failed")
  }
  let descriptors = (0..<options.registrations).map { _ in dup(pair[0]) }
  guard descriptors.allSatisfy({ $0 >= 0 }) else { fail("dup failed") }
  // The first reading of the figure takes memory itself.
  _ = residentBytes()
  let before = residentBytes()
  let channels = try descriptors.map { descriptor in
    try ClientBootstrap(group: group).withConnectedSocket(descriptor).wait()
  }
  let bytes = residentBytes() - before
  guard channels.allSatisfy(\.isActive) else { fail("a channel is closed") }
  announce("operations=\(channels.count) resident_bytes=\(bytes)")
}

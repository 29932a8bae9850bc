import Glibc
import MetalCore
import Testing

/// Networks of a test's own, with few ports: network_namespaces(7).
enum PrivateNetwork {
  /// Whether this process may make them; a container may forbid it.
  static let isPermitted: Bool = {
    // What a thread enters is left when it ends.
    nonisolated(unsafe) var isPermitted = false
    meanwhile {
      unsafe isPermitted = (try? enter(ports: 40_000...40_009)) != nil
    } _: {
    }
    return unsafe isPermitted
  }()

  /// Has the calling thread enter a network that nobody else uses, in which the system chooses ports from a range.
  static func enter(ports: ClosedRange<Int>) throws {
    // Safety: as unshare(2) declares it.
    let unshare = try unsafe SystemCall.function("unshare", as: (@convention(c) (Int32) -> Int32).self)
    try SystemCall.check(unshare(0x4000_0000))  // CLONE_NEWNET
    try startLoopback()
    let path = "/proc/sys/net/ipv4/ip_local_port_range"
    let file = try SystemCall.check(unsafe open(path, O_WRONLY | O_CLOEXEC))
    defer { close(file) }
    let text = Array("\(ports.lowerBound) \(ports.upperBound)".utf8)
    try SystemCall.check(Int32(unsafe write(file, text, text.count)))
  }

  /// Source: netdevice(7), `SIOCSIFFLAGS`.
  private static func startLoopback() throws {
    typealias Control = @convention(c) (Int32, UInt, UnsafeMutableRawPointer) -> Int32
    // Safety: ioctl(2) takes variable arguments, which are passed as others are where the call is used.
    let control = try unsafe SystemCall.function("ioctl", as: Control.self)
    let descriptor = try SystemCall.check(socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))
    defer { close(descriptor) }
    // The name in 16 bytes, then the flags; the structure has 40 bytes.
    var request = Array("lo".utf8) + [UInt8](repeating: 0, count: 38)
    request[16] = 1  // IFF_UP
    // Safety: the call reads as many bytes as the array has.
    try SystemCall.check(unsafe request.withUnsafeMutableBytes { unsafe control(descriptor, 0x8914, $0.baseAddress!) })
  }
}

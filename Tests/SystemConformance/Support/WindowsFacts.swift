#if METAL_WINDOWS
import CSystem
import MetalCore

extension Backend {
  /// Pipes, pairs of sockets, and datagrams of the Unix domain exist; Windows has streams of that domain alone.
  static let hasPairs = false
  /// Sockets of the Unix domain exist; Wine 8 has none.
  static let hasUnixSockets = !isWine
  /// Sockets can share a port if all of them ask for that.
  static let sharesPorts = false
  /// A stream can be bound to an address that old connections occupy, although nothing asks for that.
  static let streamsReuseAddresses = true
  /// Socket options that the system lacks; Wine 8 also lacks some, and takes one of IPv6 on IPv4.
  static let missingOptions: [SocketOptionName] =
    [.reusePort] + (isWine ? [.keepAliveIdle, .keepAliveInterval, .keepAliveProbes, .ipv6Only] : [])
  /// Datagram sockets have the option to linger.
  static let datagramsLinger = false
  /// Each write to a stream that was reset is a broken pipe, except for the first.
  static let resetStreamsAreBrokenPipes = false
  /// The most time that asking without a wait takes; Wine asks a server, which other processes may keep waiting.
  static let timeToAsk: Duration = isWine ? .milliseconds(200) : .milliseconds(5)
  /// The system is Wine, which does some things otherwise than Windows.
  static let isWine = system_is_wine()
  /// What had arrived before one's own shutdown of the reading side can still be read.
  static let keepsDataAfterReadShutdown = false
  /// Sockets can have abstract names.
  static let hasAbstractNames = false
  /// Urgent data in line is reported as priority as well.
  static let prioritizesUrgentDataInLine = false
}
#endif

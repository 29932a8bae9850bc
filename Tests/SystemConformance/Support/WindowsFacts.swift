#if METAL_WINDOWS
import CSystem
import MetalCore

extension Backend {
  /// Pipes, socket pairs and Unix-domain datagram sockets exist; Windows has only Unix-domain streams.
  static let hasPairs = false
  /// Unix-domain sockets exist; Wine 8 has none.
  static let hasUnixSockets = !isWine
  /// Sockets can share a port if all of them set the option.
  static let sharesPorts = false
  /// A stream without options can be bound to an address that old connections occupy.
  static let streamsReuseAddresses = true
  /// Socket options that the system lacks; Wine 8 lacks some more, and accepts an IPv6 option on IPv4.
  static let missingOptions: [SocketOptionName] =
    [.reusePort] + (isWine ? [.keepAliveIdle, .keepAliveInterval, .keepAliveProbes, .ipv6Only] : [])
  /// Datagram sockets have the option to linger.
  static let datagramsLinger = false
  /// Each write to a stream that was reset is a broken pipe, except for the first.
  static let resetStreamsAreBrokenPipes = false
  /// The most time that a poll without a timeout takes; Wine sends a request to a server, which other processes may
  /// delay.
  static let timeToAsk: Duration = isWine ? .milliseconds(200) : .milliseconds(5)
  /// The system is Wine, which differs from Windows.
  static let isWine = system_is_wine()
  /// Data that had arrived before the program shut down the reading side can still be read.
  static let keepsDataAfterReadShutdown = false
  /// Sockets can have abstract names.
  static let hasAbstractNames = false
  /// In-line urgent data is reported as priority as well.
  static let prioritizesUrgentDataInLine = false
  /// After a refused datagram, the next call of any kind fails, not only a receive.
  static let refusalsFailEveryCall = false
}
#endif

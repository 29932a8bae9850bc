import MetalCore

extension Backend {
  /// Pipes, socket pairs and Unix-domain datagram sockets exist.
  static let hasPairs = true
  /// Unix-domain sockets exist.
  static let hasUnixSockets = true
  /// Sockets can share a port if all of them set the option.
  static let sharesPorts = true
  /// A stream without options can be bound to an address that old connections occupy.
  static let streamsReuseAddresses = false
  /// Socket options that the system lacks.
  static let missingOptions: [SocketOptionName] = []
  /// Datagram sockets have the option to linger.
  static let datagramsLinger = true
  /// Each write to a stream that was reset is a broken pipe, except for the first.
  static let resetStreamsAreBrokenPipes = true
  /// The most time that a poll without a timeout takes.
  static let timeToAsk = Duration.milliseconds(5)
  /// The system is Wine, which differs from Windows.
  static let isWine = false
  /// Data that had arrived before the program shut down the reading side can still be read.
  static let keepsDataAfterReadShutdown = true
  /// Sockets can have abstract names.
  static let hasAbstractNames = true
  /// In-line urgent data is reported as priority as well.
  static let prioritizesUrgentDataInLine = true
  /// After a refused datagram, the next call of any kind fails, not only a receive.
  static let refusalsFailEveryCall = true
}

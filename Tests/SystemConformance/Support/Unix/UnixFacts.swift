import MetalCore

extension Backend {
  /// Pipes, pairs of sockets, and datagrams of the Unix domain exist.
  static let hasPairs = true
  /// Sockets of the Unix domain exist.
  static let hasUnixSockets = true
  /// Sockets can share a port if all of them ask for that.
  static let sharesPorts = true
  /// A stream can be bound to an address that old connections occupy, although nothing asks for that.
  static let streamsReuseAddresses = false
  /// Socket options that the system lacks.
  static let missingOptions: [SocketOptionName] = []
  /// Datagram sockets have the option to linger.
  static let datagramsLinger = true
  /// Each write to a stream that was reset is a broken pipe, except for the first.
  static let resetStreamsAreBrokenPipes = true
  /// The most time that asking without a wait takes.
  static let timeToAsk = Duration.milliseconds(5)
  /// The system is Wine, which does some things otherwise than Windows.
  static let isWine = false
  /// What had arrived before one's own shutdown of the reading side can still be read.
  static let keepsDataAfterReadShutdown = true
  /// Sockets can have abstract names.
  static let hasAbstractNames = true
  /// Urgent data in line is reported as priority as well.
  static let prioritizesUrgentDataInLine = true
}

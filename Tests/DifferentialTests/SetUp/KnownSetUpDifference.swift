import MetalCore

/// What macOS, and so the simulator, does otherwise than Linux with addresses and options: the table that the comparison
/// reads, in the order in which it is searched.
///
/// Each row must be seen to occur in the fixed programs.
struct KnownSetUpDifference: Hashable, Sendable, CustomStringConvertible {
  enum Effect: Sendable {
    /// The kernels are alike afterwards.
    case none
    /// The socket differs from then on, and is closed.
    case lastsForSocket
    /// More than the socket may differ: the program ends.
    case lasts
  }

  let description: String
  let effect: Effect
  let isCase: @Sendable (SetUpDifference) -> Bool

  init(_ description: String, _ effect: Effect, _ isCase: @escaping @Sendable (SetUpDifference) -> Bool) {
    self.description = description
    self.effect = effect
    self.isCase = isCase
  }

  static func == (left: Self, right: Self) -> Bool { left.description == right.description }
  func hash(into hasher: inout Hasher) { hasher.combine(description) }

  static let all = addresses + families + endings + datagrams + options

  // MARK: - What can be bound and reached

  private static let addresses = [
    Self("there is no port 0 to connect or send to; Linux tries it, or calls it invalid", .lastsForSocket) {
      $0.place.map { $0.portOf == nil } == true && $0.simulated == .failed(.addressNotAvailable)
        && ($0.real == .done("") || $0.real == .failed(.invalidInput))
    },
    Self("127.0.0.1 is the only loopback address; on Linux all of 127.0.0.0/8 are", .lasts) {
      $0.place?.host == .secondLoopback || $0.simulated == .failed(.hostUnreachable)
    },
    Self("a stream binds to no group and no broadcast address; on Linux it does", .lastsForSocket) {
      $0.isBinding && $0.facts.kind == .stream && ($0.place?.host == .group || $0.place?.host == .broadcast)
    },
    Self("what SO_REUSEADDR and SO_REUSEPORT let be shared is not the same", .lasts) {
      $0.isBinding && $0.reuses && ($0.simulated == .failed(.addressInUse)) != ($0.real == .failed(.addressInUse))
    },
    Self("a stream that was refused keeps its port; on Linux it gives back one that was chosen for it", .lasts) {
      $0.isBinding && $0.portOwner?.isPortOfConnected == true && $0.simulated == .failed(.addressInUse)
        && $0.real.isSuccess
    },
    Self("connecting gives up all addresses of a port but one; on Linux it keeps them", .lasts) {
      $0.isBinding && $0.portOwner?.isConnected == true && $0.simulated.isSuccess && $0.real == .failed(.addressInUse)
    },
  ]

  private static let families = [
    Self("a socket bound in one family does not reach the other; Linux has three other answers", .lasts) {
      $0.place != nil && $0.facts.isBound && $0.facts.family == .ipv6 && $0.simulated == .failed(.invalidInput)
        && ($0.real == .failed(.networkUnreachable) || $0.real == .failed(.unsupported) || $0.real.isSuccess)
    },
    Self("an IPv6 datagram socket takes no address of IPv4; on Linux it does", .lasts) {
      $0.place?.host.isIPv4 == true && $0.facts.family == .ipv6 && $0.simulated == .failed(.unsupported)
        && $0.real.isSuccess
    },
  ]

  // MARK: - The end of a connection

  private static let endings = [
    Self("a listener cannot be shut down; on Linux it stops listening", .lastsForSocket) {
      $0.isShuttingDown && $0.facts.isListening && $0.simulated == .failed(.notConnected)
    },
    Self("what is not connected cannot be shut down; on Linux it fails as well, but takes effect", .lasts) {
      // A connection that such a listener accepts is shut down as well.
      $0.facts.wasShut || $0.real == .moved(0) && $0.shuts
    },
    Self(
      "data for a socket that was shut down resets the connection on Linux, at once or at its end (S11, S12)", .lasts
    ) {
      $0.facts.kind == .stream && $0.facts.isConnected && $0.shuts
    },
    Self(
      "a failed write leaves the pending error to be taken; on Linux it takes it, and may leave another (R14)",
      .lastsForSocket
    ) {
      $0.isTakingError && $0.facts.kind == .stream
        && ($0.simulated == .failed(.connectionReset) && $0.real == .done("")
          || $0.simulated == .done("") && $0.real == .failed(.brokenPipe))
    },
    Self("a connection that was reset while it waited is not accepted; on Linux it is handed out (S15)", .lasts) {
      $0.simulated == .failed(.connectionAborted)
    },
    Self("a second connect says that there is a connection; on Linux the first after its success succeeds", .none) {
      $0.isConnecting && $0.facts.kind == .stream && $0.facts.isConnected
        && $0.simulated == .failed(.alreadyConnected) && $0.real == .done("")
    },
    Self("a stream that was refused is of no use any more; on Linux it may connect again", .lastsForSocket) {
      $0.facts.kind == .stream && $0.facts.isConnected && $0.simulated == .failed(.invalidInput)
    },
    Self("writing to a broken connection says so; Linux tells the pending error first (R15)", .lastsForSocket) {
      $0.simulated == .failed(.brokenPipe)
        && ($0.real == .failed(.connectionRefused) || $0.real == .failed(.connectionReset))
    },
    Self("a reset behind the end of the stream is told; on Linux the end, or a broken pipe (S6)", .lastsForSocket) {
      $0.facts.kind == .stream && $0.simulated == .failed(.connectionReset)
        && ($0.real == .moved(0) || $0.real == .failed(.brokenPipe))
    },
  ]

  // MARK: - Datagrams

  private static let datagrams = [
    Self("a connected socket sends to no other address; on Linux it does (UDP-12)", .lasts) {
      $0.simulated == .failed(.alreadyConnected) && $0.facts.kind == .datagram
    },
    Self("connecting again undoes the former connection first, its error as well; on Linux these stay (X3)", .lasts) {
      // What was sent comes to another socket then, or is refused.
      $0.facts.kind == .datagram
        && ($0.slots.contains { $0?.wasReconnected == true }
          || $0.facts.isConnected
            && ($0.place != nil || $0.isAskingAddress || $0.simulated == .failed(.destinationAddressRequired)
              || $0.simulated == .failed(.notConnected)))
    },
    Self("a send that fails binds no socket; on Linux it does", .lastsForSocket) {
      guard $0.facts.kind == .datagram, !$0.facts.isBound else { return false }
      if case .localAddress = $0.step { return true }
      return ($0.isBinding || $0.isSettingOption) && $0.real == .failed(.invalidInput)
    },
  ]

  // MARK: - Options, and the order of checks

  private static let options = [
    Self("eight keep-alive probes are sent before a program asks for a number; on Linux nine", .none) {
      $0.reads(.keepAliveProbes) && $0.simulated == .done("8") && $0.real == .done("9")
    },
    Self("a socket bound to an address of IPv6 does not say that it speaks nothing else; on Linux it does", .none) {
      $0.reads(.ipv6Only) && $0.facts.isBound && $0.simulated == .done("0") && $0.real == .done("1")
    },
    Self("after a reset the options of TCP fail; on Linux they are there (S25)", .none) {
      $0.facts.kind == .stream && ($0.isSettingOption || $0.isReadingOption)
        && $0.simulated == .failed(.connectionReset) && $0.real.isSuccess
    },
    Self("a connection that there is already is an address in use; on Linux one that is not available", .none) {
      $0.isConnecting && $0.simulated == .failed(.addressInUse) && $0.real == .failed(.addressNotAvailable)
    },
    Self("of two reasons to refuse an address, the other one is told", .none) {
      $0.place != nil && !$0.simulated.isSuccess && !$0.real.isSuccess
    },
  ]
}

extension SetUpDifference {
  fileprivate var place: Place? {
    switch step {
    case .bind(_, let place), .connect(_, let place), .sendTo(_, let place): place
    default: nil
    }
  }

  /// The socket whose port the step names.
  fileprivate var portOwner: SocketFacts? { place?.portOf.flatMap { slots[$0] } }

  fileprivate var isBinding: Bool { if case .bind = step { true } else { false } }
  fileprivate var isSettingOption: Bool { if case .setOption = step { true } else { false } }
  fileprivate var isConnecting: Bool { if case .connect = step { true } else { false } }
  fileprivate var isShuttingDown: Bool { if case .shutdown = step { true } else { false } }

  fileprivate var isAskingAddress: Bool {
    switch step {
    case .localAddress, .peerAddress: true
    default: false
    }
  }
  fileprivate var isTakingError: Bool { if case .takeError = step { true } else { false } }

  fileprivate var isReadingOption: Bool { if case .option = step { true } else { false } }

  fileprivate func reads(_ name: SocketOptionName) -> Bool {
    if case .option(_, name) = step { true } else { false }
  }
}

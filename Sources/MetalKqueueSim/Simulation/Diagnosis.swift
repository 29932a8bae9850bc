public import MetalCore
internal import MetalKqueue

/// The reason why a call failed, if its error cannot say it.
///
/// For a wait that failed with `.deadlock` it has the wait, its sources, and the edges that the program lost. For a socket
/// that got no port, and failed with `.addressNotAvailable`, it says what uses the ports.
///
/// Its text is for the message of a failed test.
public struct Diagnosis: Sendable, CustomStringConvertible {
  /// The kind of a diagnosis.
  public enum Kind: String, Hashable, Sendable {
    /// A wait without a timeout, and nothing scheduled that could end it.
    case deadlock
    /// The program or an action goes on without end, and nothing happens.
    case livelock
    /// A run of programs has taken as long as it may.
    case timeLimit = "time limit"
    /// No port was free for a socket that left the choice to the system.
    case portExhaustion = "no free port"
  }

  /// A source that a waiting queue watches.
  public struct Watched: Sendable {
    /// The token it is registered under.
    public let token: Token
    /// Its descriptor's number.
    public let descriptor: Int32
    /// The kind of the source, its addresses and its state.
    public let summary: String
    /// The directions that it is registered for.
    public let interests: String
    /// The lost edge, if there is one: what was reported and not taken, so that no event follows unless more arrives.
    public let lostEdge: String?
  }

  /// A call that waits, or an event queue that no call waits for, with the sources that it watches.
  public struct Waiter: Sendable {
    /// The name of the machine that it is on.
    public let machine: String
    /// The name of the program that makes the call; `nil` for code that is no program of a run.
    public let program: String?
    /// The call, and since when it waits.
    public let call: String
    /// The sources, by descriptor.
    public let sources: [Watched]
  }

  /// The kind of the diagnosis.
  public let kind: Kind
  /// The reason in words, for example what keeps happening, or what uses the ports.
  public let reason: String
  /// When it was found.
  public let time: Duration
  /// The simulation's seed.
  public let seed: UInt64
  /// The call that failed; or all programs of a run; then the other event queues of the simulation.
  public let waiters: [Waiter]

  /// The sources of all waiters.
  public var sources: [Watched] { waiters.flatMap { $0.sources } }

  /// The lost edges of all sources.
  public var lostEdges: [String] { sources.compactMap { $0.lostEdge } }

  /// Several lines: each waiter, then its sources, with what was overlooked below each.
  public var description: String {
    var text = "\(kind.rawValue) at \(time.milliseconds), seed \(seed) (\(reason))\n"
    for waiter in waiters {
      text += "  \(waiter.machine)  " + (waiter.program.map { $0 + ": " } ?? "") + waiter.call + "\n"
      for source in waiter.sources {
        text +=
          "    token \(source.token.rawValue)  d\(source.descriptor) \(source.summary)  \(source.interests)\n"
        if let lostEdge = source.lostEdge { text += "      LOST EDGE: \(lostEdge)\n" }
      }
    }
    if sources.isEmpty, kind != .portExhaustion { text += "    no source is registered\n" }
    return text
  }
}

extension Duration {
  /// The duration in milliseconds, as text with as many decimals as it has.
  package var milliseconds: String {
    let nanoseconds = wholeNanoseconds
    var decimals = String(nanoseconds % 1_000_000)
    while decimals.utf8.count < 6 { decimals = "0" + decimals }
    while decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(nanoseconds / 1_000_000)\(decimals.isEmpty ? "" : ".")\(decimals) ms"
  }
}

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
    /// No port was free for a socket that left the choice to the system.
    case portExhaustion = "no free port"
  }

  /// A source that a waiting queue watches.
  public struct Watched: Sendable {
    /// The name of the machine it is on.
    public let machine: String
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

  /// The kind of the diagnosis.
  public let kind: Kind
  /// The reason in words, for example what keeps happening, or what uses the ports.
  public let reason: String
  /// When it was found.
  public let time: Duration
  /// The simulation's seed.
  public let seed: UInt64
  /// The name of the machine whose call failed.
  public let machine: String
  /// The call that failed, and since when it waited.
  public let call: String
  /// The sources that the call's queue watches, by descriptor; then those of the other queues of the simulation.
  public let sources: [Watched]

  /// The lost edges of all sources.
  public var lostEdges: [String] { sources.compactMap { $0.lostEdge } }

  /// Several lines: the call, then its sources, with what was overlooked below each.
  public var description: String {
    var text = "\(kind.rawValue) at \(time.milliseconds), seed \(seed) (\(reason))\n  \(machine)  \(call)\n"
    if sources.isEmpty, kind != .portExhaustion { text += "    no source is registered\n" }
    var current = machine
    for source in sources {
      if source.machine != current {
        current = source.machine
        text += "  \(current)  watches\n"
      }
      text +=
        "    token \(source.token.rawValue)  d\(source.descriptor) \(source.summary)  \(source.interests)\n"
      if let lostEdge = source.lostEdge { text += "      LOST EDGE: \(lostEdge)\n" }
    }
    return text
  }
}

extension Duration {
  /// The duration in milliseconds, as text with as many decimals as it has.
  var milliseconds: String {
    let nanoseconds = wholeNanoseconds
    var decimals = String(nanoseconds % 1_000_000)
    while decimals.utf8.count < 6 { decimals = "0" + decimals }
    while decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(nanoseconds / 1_000_000)\(decimals.isEmpty ? "" : ".")\(decimals) ms"
  }
}

public import MetalCore
internal import MetalKqueue

/// Why a wait failed with `.deadlock`: who waits, for what, and what was overlooked.
///
/// Its text is meant to be read in the message of a failed test.
public struct Diagnosis: Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: Hashable, Sendable {
    /// A wait without a timeout, and nothing scheduled that could end it.
    case deadlock
    /// The program goes on asking without waiting, and nothing happens.
    case livelock
  }

  /// A source that a waiting queue watches.
  public struct Watched: Sendable {
    /// The name of the machine it is on.
    public let machine: String
    /// The token it is registered under.
    public let token: Token
    /// Its descriptor's number.
    public let descriptor: Int32
    /// What it is, and the state that it is in.
    public let summary: String
    /// What it is registered for.
    public let interests: String
    /// What was reported and not taken, if anything was: an edge is lost if nothing new comes.
    public let lostEdge: String?
  }

  /// What is wrong.
  public let kind: Kind
  /// When it was found.
  public let time: Duration
  /// The simulation's seed.
  public let seed: UInt64
  /// The name of the machine whose call failed.
  public let machine: String
  /// The call that failed, and since when it waited.
  public let call: String
  /// What its queue watches, by descriptor; then what the other queues of the simulation watch.
  public let sources: [Watched]

  /// The lost edges of all sources.
  public var lostEdges: [String] { sources.compactMap { $0.lostEdge } }

  /// Several lines: the call, then its sources, with what was overlooked below each.
  public var description: String {
    let title = kind == .deadlock ? "deadlock" : "livelock"
    let reason = kind == .deadlock ? "nothing scheduled" : "nothing happens however often it asks"
    var text = "\(title) at \(time.milliseconds), seed \(seed) (\(reason))\n  \(machine)  \(call)\n"
    if sources.isEmpty { text += "    no source is registered\n" }
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

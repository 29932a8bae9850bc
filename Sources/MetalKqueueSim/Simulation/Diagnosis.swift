public import MetalCore
internal import MetalKqueue

/// A report on a failed call, with the details that the error of the call cannot hold.
///
/// If a wait fails with `.deadlock`, the report has the wait, its sources, and the edges that the program lost. If a
/// socket gets no port and fails with `.addressNotAvailable`, the report explains the use of the ports.
///
/// ``description`` is text for the message of a failed test.
public struct Diagnosis: Sendable, CustomStringConvertible {
  /// The kind of a diagnosis.
  public enum Kind: String, Hashable, Sendable {
    /// Nothing can end a wait that has no timeout.
    case deadlock
    /// A program or an action repeats calls that change nothing.
    case livelock
    /// A run of programs has reached its time limit.
    case timeLimit = "time limit"
    /// No port was free for a socket that left the choice to the system.
    case portExhaustion = "no free port"
  }

  /// A source that a waiting queue watches.
  public struct Watched: Sendable {
    /// The token of the source's registration.
    public let token: Token
    /// The number of the source's descriptor.
    public let descriptor: Int32
    /// The kind of the source, its addresses and its state.
    public let summary: String
    /// The directions of the source's registration: `readable`, `writable` or `readable|writable`.
    public let interests: String
    /// A delivered event whose data the program has not taken; `nil` without a lost edge.
    public let lostEdge: String?
  }

  /// An event queue with its sources, and the call that waits on the queue, if any.
  public struct Waiter: Sendable {
    /// The name of the machine.
    public let machine: String
    /// The name of the program that makes the call; `nil` for code that is no program of a run.
    public let program: String?
    /// The call and the start of its wait, as text: `wait(timeout: none) since 3 ms`.
    public let call: String
    /// The sources, in the order of their descriptors.
    public let sources: [Watched]
  }

  /// The kind of the diagnosis.
  public let kind: Kind
  /// The reason in words, for example `nothing scheduled`, or the use of the ports.
  public let reason: String
  /// The simulated time at which the call failed or the run ended.
  public let time: Duration
  /// The simulation's seed.
  public let seed: UInt64
  /// The failed call, or all programs of a run, followed by the other event queues of the simulation.
  public let waiters: [Waiter]

  /// The sources of all waiters.
  public var sources: [Watched] { waiters.flatMap { $0.sources } }

  /// The lost edges of all sources.
  public var lostEdges: [String] { sources.compactMap { $0.lostEdge } }

  /// Several lines: the kind and the reason, then each waiter with its sources and lost edges.
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
  /// The duration in milliseconds, as text without trailing zeros.
  package var milliseconds: String {
    let nanoseconds = wholeNanoseconds
    var decimals = String(nanoseconds % 1_000_000)
    while decimals.utf8.count < 6 { decimals = "0" + decimals }
    while decimals.hasSuffix("0") { decimals.removeLast() }
    return "\(nanoseconds / 1_000_000)\(decimals.isEmpty ? "" : ".")\(decimals) ms"
  }
}

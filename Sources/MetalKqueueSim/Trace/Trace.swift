internal import MetalCore
internal import MetalKqueue

/// The records of a simulation: all that happened, in order.
///
/// The same program with the same seed leaves the same trace on every machine. The count and the digest cover all
/// records. ``records`` has those that the simulation keeps.
///
/// The module `MetalSimulation` shows the records to a reader, as lanes or as a diagram, and gives them to a program as
/// lines of JSON.
public struct Trace: Sendable {
  /// The records that a simulation keeps.
  public enum Retention: Hashable, Sendable {
    /// No record: the trace has the count and the digest alone.
    case none
    /// The last records, up to a number of them, which must not be negative.
    case last(Int)
    /// All records: memory grows with each.
    case all
  }

  /// The seed of the simulation.
  public let seed: UInt64
  /// The name of the kernels' profile.
  public let profile: String
  /// The records that are kept.
  public let retention: Retention
  /// The names of the machines, by the numbers that records have.
  public internal(set) var machines: [String] = []
  /// The number of records so far, kept or not.
  public private(set) var count: UInt64 = 0

  private var hash = Digest()
  private let limit: Int
  /// The records that are kept, the oldest of them at `oldest`.
  private var ring: [TraceRecord] = []
  private var oldest = 0

  init(seed: UInt64, profile: String, keeping retention: Retention) {
    self.seed = seed
    self.profile = profile
    self.retention = retention
    switch retention {
    case .none: limit = 0
    case .all: limit = .max
    case .last(let limit):
      guard limit >= 0 else { fatalError("A trace cannot keep \(limit) records. Give a number of 0 or more.") }
      self.limit = limit
      // A ring that grew would copy its records. Memory that no record touches yet is not resident.
      ring.reserveCapacity(min(limit, 10_000))
    }
  }

  /// A hash of all records so far, kept or not: equal for equal traces.
  public var digest: UInt64 { hash.value }

  /// The records that are kept, in order.
  ///
  /// - Complexity: O(records kept), and allocates, once older records were dropped; otherwise O(1).
  public var records: [TraceRecord] { oldest == 0 ? ring : Array(ring[oldest...] + ring[..<oldest]) }

  /// The closes that no program asked for: a source was dropped and not closed.
  ///
  /// The optimiser may end the life of a value after its last use, so a dropped source can be closed earlier in release
  /// than in debug. The order of calls differs then, and so does the digest. A program that calls `close()` on each
  /// source, and gives up each poll by `_ = consume poll`, leaves no choice to the optimiser. Only records that are kept
  /// are looked at.
  ///
  /// - Complexity: O(records kept); allocates.
  public var closesByDrop: [TraceRecord] { records.filter { $0.isDrop } }

  /// Includes a record in the digest, and keeps it if records are kept; returns its number.
  ///
  /// Allocates only as long as the ring grows.
  @discardableResult
  mutating func append(_ record: consuming TraceRecord) -> UInt64 {
    let number = count
    record.number = number
    count += 1
    record.combine(into: &hash)
    if ring.count < limit {
      ring.append(record)
    } else if limit > 0 {
      ring[oldest] = record
      oldest = oldest + 1 == limit ? 0 : oldest + 1
    }
    return number
  }
}

// MARK: - Writing

extension World {
  /// Makes a record, which the caller completes and appends.
  func record(
    _ kind: TraceRecord.Kind, _ machine: Int, _ subject: TraceRecord.Subject = .none, descriptor: Int32 = -1,
    result: Int = 0
  ) -> TraceRecord {
    TraceRecord(
      nanoseconds: now, kind: kind, subject: subject, machineNumber: Int32(truncatingIfNeeded: machine),
      descriptorNumber: descriptor, result: result, cause: cause)
  }

  /// Records a change to a queue, made or refused, or an event that the queue delivers.
  func recordEvent(_ kind: TraceRecord.Kind, _ host: Host, _ event: KernelEvent, _ errno: Errno?) {
    let descriptor = event.filter == .user ? -1 : Int32(truncatingIfNeeded: event.ident)
    var record = record(kind, host.index, descriptor: descriptor, result: -Int(errno?.rawValue ?? 0))
    record.detail = .event(event)
    trace.append(record)
  }

  /// Records a packet that is sent, arrives, is lost or is held, and returns the record's number.
  func recordPacket(_ kind: TraceRecord.Kind, _ packet: borrowing Packet) -> UInt64 {
    var (host, peer) = (packet.target.host, packet.source.host)
    if kind == .sent || kind == .held { swap(&host, &peer) }
    var record = record(kind, host, .packet(packet.kind), result: packet.count)
    record.peerNumber = Int32(truncatingIfNeeded: peer)
    record.connectionNumber = packet.connection
    record.detail = .addresses(source: packet.source.address, destination: packet.target.address)
    return trace.append(record)
  }
}

internal import MetalCore
internal import MetalKqueue

/// The records of everything that happened in a simulation, in order.
///
/// The same program with the same seed makes the same trace on every host. The count and the digest cover all records,
/// and ``records`` has only the kept records. The module `MetalSimulation` prints the records as lanes or as a diagram,
/// and writes the records as lines of JSON.
public struct Trace: Sendable {
  /// The choice of records that a simulation keeps.
  public enum Retention: Hashable, Sendable {
    /// No record: the trace has only the count and the digest.
    case none
    /// The last records, up to a number, which must not be negative.
    case last(Int)
    /// All records: the use of memory grows with each record.
    case all
  }

  /// The seed of the simulation.
  public let seed: UInt64
  /// The name of the kernels' profile.
  public let profile: String
  /// The choice of records that the trace keeps.
  public let retention: Retention
  /// The names of the machines, by the numbers of the machines in records.
  public internal(set) var machines: [String] = []
  /// The number of records so far, kept or not.
  public private(set) var count: UInt64 = 0

  private var hash = Digest()
  private let limit: Int
  /// The kept records, of which the oldest is at `oldest`.
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
      // A growing ring would copy its records. Memory that no record has touched is not resident.
      ring.reserveCapacity(min(limit, 10_000))
    }
  }

  /// A hash of all records so far, which is equal for equal traces.
  public var digest: UInt64 { hash.value }

  /// The kept records, in order.
  ///
  /// - Complexity: O(1); once the trace has dropped records, O(n) for n kept records, and an allocation.
  public var records: [TraceRecord] { oldest == 0 ? ring : Array(ring[oldest...] + ring[..<oldest]) }

  /// The records of closes by dropped sources, for which the program did not call `close()`.
  ///
  /// The optimiser may end the life of a value after its last use. So a release build may close a dropped source
  /// earlier than a debug build, and the order of calls and the digest may differ. To prevent the difference, call
  /// `close()` on each source, and end each poll by `_ = consume poll`. The list has kept records only.
  ///
  /// - Complexity: O(n) for n kept records; allocates.
  public var closesByDrop: [TraceRecord] { records.filter { $0.isDrop } }

  /// Adds a record to the digest and to the kept records.
  ///
  /// Returns the record's number. The method allocates only while the ring grows.
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

  /// Appends the record of a packet that a machine sends, receives, loses or holds.
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

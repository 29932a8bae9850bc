public import MetalKqueueSim

/// The first difference between two traces: a record, a field, and both values.
///
/// The method `trace.firstDifference(from:)` returns a difference. The ``description`` of a difference is a sentence.
public struct TraceDifference: Hashable, Sendable, CustomStringConvertible {
  /// The number of the record, counted from 0.
  public let index: UInt64
  /// The name of the field, as in `trace.jsonLines`.
  ///
  /// The field is `record` if one of the traces ends before the record. The field is `digest` if the traces differ
  /// before the first record that both keep.
  public let field: String
  /// The value of the field in the trace of the call `trace.firstDifference(from:)`; `nil` if the field is missing.
  public let value: String?
  /// The value of the field in the other trace; `nil` if the field is missing.
  public let other: String?

  /// A sentence that names the record, the field and both values.
  public var description: String {
    if field == "digest" {
      return
        "The traces differ before record \(index), the first that both keep. Make their simulations `keeping: .all`."
    }
    return "Record \(index) differs in its \(field): \(value ?? "none") here, \(other ?? "none") in the other trace."
  }
}

extension Trace {
  /// Returns the first record in which this trace differs from another trace; `nil` if the traces are equal.
  ///
  /// If one trace is longer, the first difference is the record after the end of the shorter trace. For records that a
  /// trace has not kept, the method compares the digests.
  ///
  /// - Parameter other: The trace of another simulation.
  /// - Returns: The difference; `nil` if both the counts and the digests are equal.
  /// - Complexity: O(kept records); allocates.
  public func firstDifference(from other: Trace) -> TraceDifference? {
    guard digest != other.digest || count != other.count else { return nil }
    let (mine, others) = (records, other.records)
    let first = max(mine.first?.number ?? count, others.first?.number ?? other.count)
    for number in first..<max(first, min(count, other.count)) {
      let own = mine[Int(number - mine[0].number)].fields(machines)
      let theirs = others[Int(number - others[0].number)].fields(other.machines)
      if let difference = Self.difference(own, theirs, number) { return difference }
    }
    let shorter = min(count, other.count)
    // If a trace has not kept older records, only the digests show that the traces differ.
    guard first == 0, count != other.count else {
      return TraceDifference(index: first, field: "digest", value: hex, other: other.hex)
    }
    return TraceDifference(
      index: shorter, field: "record", value: count > shorter ? mine[Int(shorter)].text(machines) : nil,
      other: other.count > shorter ? others[Int(shorter)].text(other.machines) : nil)
  }

  private static func difference(
    _ own: [TraceRecord.Field], _ theirs: [TraceRecord.Field], _ number: UInt64
  ) -> TraceDifference? {
    for name in (own + theirs).map({ $0.name }) {
      let (value, other) = (own.first { $0.name == name }?.value, theirs.first { $0.name == name }?.value)
      if value != other { return TraceDifference(index: number, field: name, value: value, other: other) }
    }
    return nil
  }
}

public import MetalKqueueSim

/// The first record in which two traces differ, and how.
///
/// `trace.firstDifference(from:)` makes it. It prints as a sentence.
public struct TraceDifference: Hashable, Sendable, CustomStringConvertible {
  /// The number of the record.
  public let index: UInt64
  /// The name of the field, as in `trace.jsonLines`.
  ///
  /// It is `record` if one of the traces ends before the record, and `digest` if they differ before the first record that
  /// both keep.
  public let field: String
  /// The field's value in the trace that was asked; `nil` if it is not there.
  public let value: String?
  /// The field's value in the other trace; `nil` if it is not there.
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
  /// Returns the first record in which this trace differs from another; `nil` if they are alike.
  ///
  /// A trace that ends where the other goes on differs in the record after its last. Records that are not kept are
  /// compared by their digest.
  ///
  /// - Complexity: O(records kept); allocates.
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
    // If older records were dropped or never kept, only the digests show that the traces differ.
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

/// The filter for what can be read: bytes, connections, the events of another queue.
enum ReadFilter {
  /// Asks the object, which knows from how many bytes on the filter fires (R4); see `Knote.readLowWater(most:)`.
  static func condition(_ knote: Knote) -> Condition {
    knote.file?.readCondition(knote) ?? .never
  }
}

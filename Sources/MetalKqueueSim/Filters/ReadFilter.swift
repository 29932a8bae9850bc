/// The filter for what can be read: bytes, connections, the events of another queue.
enum ReadFilter {
  /// The object decides; with the flag for the low-water mark, only from as many bytes on as the registration says
  /// (R4).
  static func condition(_ knote: Knote) -> Condition {
    knote.file?.readCondition(knote) ?? .never
  }
}

/// The filter for where there is room to write.
enum WriteFilter {
  static func condition(_ knote: Knote) -> Condition {
    knote.file?.writeCondition(knote) ?? .never
  }
}

// A selector that does nothing; see NullKernel.swift.

struct NullEvent: ReadinessEvent {
  var token: Token
  var isReadable: Bool { true }
  var isWritable: Bool { true }
  var isError: Bool { false }
  var isReadClosed: Bool { false }
  var isWriteClosed: Bool { false }
  var isPriority: Bool { false }
  var debugDescription: String { description }
}

final class NullSelector: Selector {
  typealias K = NullKernel
  typealias Event = NullEvent
  typealias Registration = SelectorNumber

  let number: SelectorNumber

  init(on kernel: NullKernel) throws(IOError) { number = try SelectorNumber.issue() }
  deinit { number.retire() }

  func select(into events: inout Events<NullSelector>, timeout: Duration?) throws(IOError) {
    guard timeout != .zero else { throw IOError(.deadlock) }
    events.removeAll()
    _ = events.append(NullEvent(token: 1))
  }
  func register(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interest
  ) throws(IOError) {
    try registration.requireUnregistered()
    registration = number
  }
  func reregister(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interest
  ) throws(IOError) {
    try registration.requireRegistered(with: number)
  }
  func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: number)
    registration = SelectorNumber()
  }
  func addWaker(token: Token) throws(IOError) -> UInt { token.rawValue }
  func wake(_ waker: UInt) throws(IOError) {}
  func removeWaker(_ waker: UInt) {}
}

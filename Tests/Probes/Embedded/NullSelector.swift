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

  let identity: SelectorIdentity

  var kernel: NullKernel { NullKernel() }

  init(on kernel: NullKernel) throws(IOError) { identity = try SelectorIdentity() }

  func select(
    into events: inout Events<NullSelector>, timeout: Duration?, by permit: inout WaitPermit<NullSelector>
  ) throws(IOError) {
    guard timeout != .zero else { throw IOError(.deadlock) }
    events.removeAll()
    _ = events.append(NullEvent(token: 1))
  }
  func register(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireUnregistered()
    registration = identity.number
  }
  func reregister(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
  }
  func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    registration = SelectorNumber()
  }
  func makeWaker(token: Token) throws(IOError) -> WakerHandle { WakerHandle() }

  struct WakerHandle: SelectorWaker, ~Copyable {
    func wake() throws(IOError) {}
  }
}

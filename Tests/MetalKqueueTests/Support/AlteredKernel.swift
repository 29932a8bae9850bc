import MetalCore
import MetalKqueue
import MetalKqueueSim
import Synchronization

/// A simulated machine that refuses some changes as its profile does not, and that counts the looks at its clock.
struct AlteredKernel: EventQueueKernel {
  typealias Owner = AlteredOwner

  let base: SimulatedKernel
  /// The error number with which a change is answered, by the change and the answer of the machine.
  let answer: @Sendable (KernelEvent, SimulatedKernel) -> Int
  private let counter = ClockCounter()

  init(
    _ base: SimulatedKernel,
    answer: @escaping @Sendable (KernelEvent, SimulatedKernel) -> Int = { change, _ in change.data }
  ) {
    self.base = base
    self.answer = answer
  }

  /// How often the clock was read.
  var clockReads: Int { counter.count.load(ordering: .relaxed) }

  var monotonicNanoseconds: Int64 {
    counter.count.add(1, ordering: .relaxed)
    return base.monotonicNanoseconds
  }

  func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>,
    timeout nanoseconds: Int64?
  ) -> IOResult {
    let before = events.count
    let result = base.kevent(queue, changes: changes, events: &events, timeout: nanoseconds)
    var answers = events.mutableSpan
    for index in before..<answers.count where answers[index].flags.contains(.error) {
      answers[index].data = answer(answers[index], base)
    }
    return result
  }

  func isOpen(_ descriptor: Int32) -> Bool { base.isOpen(descriptor) }

  static var noDescriptor: Int32 { -1 }
  static var current: AlteredKernel { fatalError("A kernel of the tests is passed by `on:`.") }
  static var wouldBlock: IOResult { SimulatedKernel.wouldBlock }
  static func error(for result: IOResult) -> IOError { SimulatedKernel.error(for: result) }
}

private final class ClockCounter: Sendable {
  let count = Atomic<Int>(0)
}

struct AlteredOwner: DescriptorOwner, ~Copyable {
  private(set) var descriptor: Int32
  let kernel: AlteredKernel

  init(owning descriptor: Int32, on kernel: AlteredKernel) {
    self.descriptor = descriptor
    self.kernel = kernel
  }

  deinit {
    guard descriptor >= 0 else { return }
    do throws(IOError) { try kernel.close(descriptor) } catch {}
  }

  consuming func release() -> Int32 {
    let descriptor = descriptor
    self.descriptor = -1
    return descriptor
  }
}

// MARK: - Handed on as it is

extension AlteredKernel {
  func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 {
    try base.openSocket(family, kind)
  }
  func close(_ descriptor: Int32) throws(IOError) { try base.close(descriptor) }
  func bind<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {
    try base.bind(descriptor, to: address)
  }
  func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    try base.listen(descriptor, backlog: backlog)
  }
  func connect<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {
    try base.connect(descriptor, to: address)
  }
  func accept<Address: EndpointAddress>(
    _ descriptor: Int32, into accepted: inout Int32, from peerAddress: inout Address
  ) -> IOResult {
    base.accept(descriptor, into: &accepted, from: &peerAddress)
  }
  func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try base.localAddress(of: descriptor)
  }
  func peerAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try base.peerAddress(of: descriptor)
  }
  func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    try base.shutdown(descriptor, direction)
  }
  func option(_ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Int {
    try base.option(option, of: descriptor)
  }
  func setOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    try base.setOption(option, of: descriptor, to: value)
  }
  func takePendingError(of descriptor: Int32) throws(IOError) -> IOError? {
    try base.takePendingError(of: descriptor)
  }
  func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool
  ) -> IOResult {
    base.receive(descriptor, into: buffer, isPeek: isPeek)
  }
  func send<Bytes: IOBytes & ~Copyable & ~Escapable>(_ descriptor: Int32, _ bytes: borrowing Bytes) -> IOResult {
    base.send(descriptor, bytes)
  }
  func receiveDatagram<Buffer: MutableIOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool, isTruncated: inout Bool,
    from source: inout Address
  ) -> IOResult {
    base.receiveDatagram(descriptor, into: buffer, isPeek: isPeek, isTruncated: &isTruncated, from: &source)
  }
  func sendDatagram<Bytes: IOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, _ bytes: borrowing Bytes, to address: Address
  ) -> IOResult {
    base.sendDatagram(descriptor, bytes, to: address)
  }
  func setMembership(_ isMember: Bool, of descriptor: Int32, in group: MulticastGroup) throws(IOError) {
    try base.setMembership(isMember, of: descriptor, in: group)
  }
  func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> {
    try base.openSocketPair(kind)
  }
  func openPipe() throws(IOError) -> Pair<Int32, Int32> { try base.openPipe() }
  func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer
  ) -> IOResult {
    base.read(descriptor, into: buffer)
  }
  func write<Bytes: IOBytes & ~Copyable & ~Escapable>(_ descriptor: Int32, _ bytes: borrowing Bytes) -> IOResult {
    base.write(descriptor, bytes)
  }
  func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {
    try base.setNonBlocking(isNonBlocking, of: descriptor)
  }
  func openEventQueue() throws(IOError) -> Int32 { try base.openEventQueue() }
}

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

typealias Waker = KqueueSimSelector.Waker

extension KernelProfile {
  /// The profiles under which the selector is tried.
  static let all: [KernelProfile] = [.macOS, .freeBSD, .netBSD]
}

/// A program on a simulated machine: a poll, and what it has changed in its queue.
final class Program {
  let simulation: Simulation
  let kernel: SimulatedKernel
  var poll: Poll<KqueueSimSelector>
  var events: Events<KqueueSimSelector>

  init(_ profile: KernelProfile, capacity: Int = 16) throws(IOError) {
    simulation = Simulation(seed: 1, profile: profile, keeping: .all)
    kernel = simulation.machine("machine").kernel
    poll = try Poll(on: kernel)
    events = Events(capacity: capacity)
  }

  var registry: Registry<KqueueSimSelector> { poll.registry }
  var selector: KqueueSimSelector { poll.registry.selector }

  /// Polls once; without waiting, unless said otherwise.
  func wait(_ timeout: Duration? = .zero) throws(IOError) -> [KqueueEvent] {
    try poll.wait(into: &events, timeout: timeout)
    return Array(events)
  }

  /// Polls until nothing comes any more, and returns what came.
  func gather() throws(IOError) -> [KqueueEvent] {
    var all: [KqueueEvent] = []
    for _ in 0..<20 {
      let batch = try wait(.milliseconds(1))
      if batch.isEmpty { return all }
      all += batch
    }
    Issue.record("events have come for ever: \(all.suffix(5))")
    return all
  }

  /// Polls until nothing comes any more, and returns what was told, in words.
  func told() throws(IOError) -> [String] {
    try gather().map(Self.words)
  }

  static func words(_ event: KqueueEvent) -> String {
    var words = ["\(event.token.rawValue)"]
    if event.isReadable { words.append("readable") }
    if event.isWritable { words.append("writable") }
    if event.isReadClosed { words.append("read-closed") }
    if event.isWriteClosed { words.append("write-closed") }
    if event.isError { words.append("error") }
    if event.isPriority { words.append("priority") }
    return words.joined(separator: " ")
  }

  /// The changes that `body` has made, and the results.
  func changes<E: Error>(_ body: () throws(E) -> Void) throws(E) -> [Change] {
    let start = simulation.trace.records.count
    try body()
    return simulation.trace.records[start...].compactMap { record in
      guard record.kind == .change, let event = record.event else { return nil }
      return Change(event.filter, event.flags, token: event.token, result: record.result)
    }
  }

  /// Whether a direction of a descriptor is registered with the program's queue, which is asked by disabling it.
  func isWatched(_ descriptor: Int32, _ filter: KernelEvent.Filter) -> Bool {
    let question = KernelEvent(ident: UInt(bitPattern: Int(descriptor)), filter: filter, flags: [.disable, .receipt])
    let answers = [KernelEvent](capacity: 1) { output in
      _ = kernel.kevent(selector.queue, changes: [question].span, events: &output, timeout: 0)
    }
    return answers.first?.data == 0
  }
}

/// A change that was made to a queue.
struct Change: Hashable, CustomStringConvertible {
  let filter: KernelEvent.Filter
  let flags: KernelEvent.Flags
  let token: UInt
  /// 0, or the negated error number with which it was refused.
  let result: Int

  init(_ filter: KernelEvent.Filter, _ flags: KernelEvent.Flags, token: UInt, result: Int = 0) {
    self.filter = filter
    self.flags = flags
    self.token = token
    self.result = result
  }

  var description: String {
    "(filter \(filter.rawValue), flags \(flags.rawValue), token \(token), result \(result))"
  }
}

/// A source of the selector's own level: a descriptor, and what it remembers.
struct RawSource: ~Copyable {
  let descriptor: Int32
  var registration = SelectorNumber()

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }
}

extension Program {
  func register(_ source: inout RawSource, token: Token, interests: Interests) throws(IOError) {
    try selector.register(source.descriptor, &source.registration, token: token, interests: interests)
  }

  func reregister(_ source: inout RawSource, token: Token, interests: Interests) throws(IOError) {
    try selector.reregister(source.descriptor, &source.registration, token: token, interests: interests)
  }

  func deregister(_ source: inout RawSource) throws(IOError) {
    try selector.deregister(source.descriptor, &source.registration)
  }

  /// Makes a connection within the machine; both ends are the caller's to close.
  func connectedPair() throws(IOError) -> (client: Int32, server: Int32) {
    let listener = try kernel.openSocket(.ipv4, .stream)
    try kernel.bind(listener, to: SocketAddress(IPv4Address.loopback, port: 0))
    try kernel.listen(listener, backlog: 4)
    let client = try kernel.openSocket(.ipv4, .stream)
    let address: SocketAddress = try kernel.localAddress(of: listener)
    try kernel.connect(client, to: address)
    var server: Int32 = -1
    var peer = SocketAddress.unspecified
    let result: IOResult = kernel.accept(listener, into: &server, from: &peer)
    guard result.isSuccess else { throw SimulatedKernel.error(for: result) }
    try kernel.close(listener)
    return (client, server)
  }

  /// Makes a pipe whose reader is gone; the writer is the caller's to close.
  func brokenPipe() throws(IOError) -> Int32 {
    let pipe = try kernel.openPipe()
    try kernel.close(pipe.first)
    return pipe.second
  }
}

extension Program {
  /// Triggers a user event in a queue that is not the poll's, so that it has one pending.
  func trigger(_ queue: Int32) {
    let changes = [
      KernelEvent(ident: 1, filter: .user, flags: .add),
      KernelEvent(ident: 1, filter: .user, flags: .add, filterFlags: UserEventFlags.trigger),
    ]
    _ = [KernelEvent](capacity: 0) { output in
      let result = kernel.kevent(queue, changes: changes.span, events: &output, timeout: 0)
      #expect(result.isSuccess)
    }
  }
}

extension SimulatedKernel {
  /// Writes so many bytes to a socket or a pipe.
  func write(_ descriptor: Int32, _ count: Int) {
    let result = write(descriptor, [UInt8](repeating: 7, count: count).span)
    #expect(result == IOResult(rawValue: count))
  }

  /// Reads up to so many bytes; returns their number, or a negative one.
  @discardableResult
  func read(_ descriptor: Int32, _ limit: Int = 1 << 16) -> Int {
    var buffer = [UInt8](repeating: 0, count: limit)
    return read(descriptor, into: buffer.mutableSpan).rawValue
  }
}

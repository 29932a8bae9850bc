import MetalCore

/// One kernel with a program's objects, on which its steps are done.
final class Machine<S: Selector> {
  static var slotCount: Int { 12 }

  private let kernel: S.K
  /// The folder of the program's socket files.
  private let folder: String
  private var poll: S.Poll
  private var events = S.Events(capacity: 64)
  /// A poll that nothing is registered with, to wait by.
  private var clock: S.Poll
  private var slots: [Endpoint<S>?]
  private var fileCount = 0

  init(on kernel: S.K, folder: String) throws(IOError) {
    self.kernel = kernel
    self.folder = folder
    let poll = try S.Poll(on: kernel)
    let clock = try S.Poll(on: kernel)
    self.poll = poll
    self.clock = clock
    slots = Array(repeating: nil, count: Self.slotCount)
  }

  /// What is in a slot.
  var kinds: [ObjectKind?] { slots.map { $0?.kind } }
  private func isByteStream(_ slot: Int) -> Bool { slots[slot]?.kind.isByteStream ?? false }

  /// Does a step and tells what was observed.
  ///
  /// A kernel whose network takes real time is given some, while it is short of what is expected.
  func perform(_ operation: Operation, expecting expected: Observation? = nil) throws(IOError) -> Observation {
    var observation = observe(operation, expected)
    for _ in 0..<patience(operation, expected) {
      guard let expected, isEarly(observation, expected) else { break }
      try wait()
      observation = again(operation, observation, expected)
    }
    return observation
  }

  /// How many moments are given to become what is expected.
  private func patience(_ operation: Operation, _ expected: Observation?) -> Int {
    // A read for no bytes is answered at once, though not by all alike.
    if case .read(_, _, 0) = operation { return 0 }
    if case .bytes = expected { return 1_000 }
    return 100
  }

  /// Lets a moment pass.
  private func wait() throws(IOError) {
    var none = S.Events(capacity: 1)
    try clock.wait(into: &none, timeout: .microseconds(200))
  }

  /// Whether an observation may still become what is expected.
  private func isEarly(_ observation: Observation, _ expected: Observation) -> Bool {
    switch (observation, expected) {
    case (.failed(.wouldBlock), .bytes), (.failed(.wouldBlock), .done): true
    case (.failed(.wouldBlock), .failed(let kind)): kind != .wouldBlock
    case (.bytes(let some), .bytes(let all)):
      !some.isEmpty && some.count < all.count && all.starts(with: some)
    case (.told(let some), .told(let all)):
      all.contains { token, told in
        told.reading && some[token]?.reading != true || told.writing && some[token]?.writing != true
      }
    default: false
    }
  }

  /// Does a step again, or its rest, and unites what was observed.
  private func again(_ operation: Operation, _ before: Observation, _ expected: Observation) -> Observation {
    switch (operation, before, expected) {
    case (.read(let slot, let form, _), .bytes(let some), .bytes(let all)) where isByteStream(slot) && form != .peek:
      guard case .bytes(let more) = observe(.read(slot, .plain, count: all.count - some.count), nil) else {
        return before
      }
      return .bytes(some + more)
    case (.poll, .told(let some), _):
      guard case .told(let more) = observe(.poll, nil) else { return before }
      return .told(some.merging(more) { Told(reading: $0.reading || $1.reading, writing: $0.writing || $1.writing) })
    default: return observe(operation, expected)
    }
  }

  // MARK: - Steps

  private func observe(_ operation: Operation, _ expected: Observation?) -> Observation {
    do throws(IOError) {
      return try tell(operation)
    } catch {
      return .failed(error.kind)
    }
  }

  private func tell(_ operation: Operation) throws(IOError) -> Observation {
    switch operation {
    case .openListener, .openUnixListener, .openUDP, .openPair, .connect, .connectToNobody, .accept:
      return try open(operation)
    case .register(let slot, let interests, let token):
      guard let endpoint = slots[slot] else { return .nothing }
      try endpoint.register(poll.registry, interests, token)
    case .reregister(let slot, let interests, let token):
      guard let endpoint = slots[slot] else { return .nothing }
      try endpoint.reregister(poll.registry, interests, token)
    case .deregister(let slot):
      guard let endpoint = slots[slot] else { return .nothing }
      try endpoint.deregister(poll.registry)
    case .poll: return try pollAll()
    case .close(let slot, let reset):
      guard slots[slot] != nil else { return .nothing }
      if reset { slots[slot]?.resetWhenClosed() }
      slots[slot] = nil
    default: return try use(operation)
    }
    return .done(0)
  }

  private func open(_ operation: Operation) throws(IOError) -> Observation {
    switch operation {
    case .openListener(let slot): slots[slot] = try TCPListenerEndpoint(on: kernel)
    case .openUnixListener(let slot): slots[slot] = try UnixListenerEndpoint(try nextPath(), on: kernel)
    case .openUDP(let slot): slots[slot] = try UDPEndpoint(on: kernel)
    case .openPair(.pipe, let first, let second):
      let pipe = try S.PipeEnds(on: kernel)
      slots[first] = ReaderEndpoint(pipe.reader, on: kernel)
      slots[second] = WriterEndpoint(pipe.writer, on: kernel)
    case .openPair(.unixStreams, let first, let second):
      let pair = try S.UnixStream.pair(on: kernel)
      slots[first] = UnixStreamEndpoint(pair.first, on: kernel)
      slots[second] = UnixStreamEndpoint(pair.second, on: kernel)
    case .openPair(.unixDatagrams, let first, let second):
      let pair = try S.UnixDatagramSocket.pair(on: kernel)
      slots[first] = UnixDatagramEndpoint(pair.first, on: kernel)
      slots[second] = UnixDatagramEndpoint(pair.second, on: kernel)
    case .connect(_, let target, let slot): return try connect(to: target, into: slot)
    case .connectToNobody(true, let slot):
      let gone = try TCPListenerEndpoint<S>(on: kernel).source.localAddress
      slots[slot] = TCPStreamEndpoint(try S.TCPStream(connectingTo: gone, on: kernel), on: kernel)
    case .connectToNobody(false, let slot):
      let path = try nextPath()
      _ = try UnixListenerEndpoint<S>(path, on: kernel)
      slots[slot] = UnixStreamEndpoint(try S.UnixStream(connectingTo: path, on: kernel), on: kernel)
    case .accept(let slot, let result):
      guard let accepted = try slots[slot]?.accept() else { return .nothing }
      slots[result] = accepted
    default: return .nothing
    }
    return .done(0)
  }

  private func connect(to target: Int, into slot: Int) throws(IOError) -> Observation {
    if let listener = slots[target] as? UnixListenerEndpoint<S> {
      slots[slot] = UnixStreamEndpoint(try S.UnixStream(connectingTo: listener.path, on: kernel), on: kernel)
    } else if slots[target]?.kind == .tcpListener, let address = try slots[target]?.address {
      slots[slot] = TCPStreamEndpoint(try S.TCPStream(connectingTo: address, on: kernel), on: kernel)
    } else {
      return .nothing
    }
    return .done(0)
  }

  private func use(_ operation: Operation) throws(IOError) -> Observation {
    switch operation {
    case .read(let slot, let form, let count): return Self.bytes(try slots[slot]?.read(form, count))
    case .write(let slot, let form, let count):
      return Self.number(try slots[slot]?.write(form, Self.pattern(count)))
    case .floodAndDrain(let slot, let target): return try floodAndDrain(slot, target)
    case .shutdown(let slot, let direction):
      return try slots[slot]?.shutdown(direction) == true ? .done(0) : .nothing
    case .connectUDP(let slot, let target):
      guard slots[target]?.kind == .udp, let address = try slots[target]?.address else { return .nothing }
      return try slots[slot]?.connect(to: address) == true ? .done(0) : .nothing
    case .sendTo(let slot, let target, let count):
      guard slots[target]?.kind == .udp, let address = try slots[target]?.address else { return .nothing }
      return Self.number(try slots[slot]?.send(Self.pattern(count), to: address))
    case .takeError(let slot):
      guard let found = try slots[slot]?.takeError() else { return .nothing }
      return found.map { .failed($0.kind) } ?? .done(0)
    case .addresses(let slot): return Self.number(try slots[slot]?.addressFacts())
    case .setOption(let slot, let isOn): return Self.number(try slots[slot]?.setOption(isOn))
    default: return .nothing
    }
  }

  /// Polls until nothing more is told, and unites what was.
  private func pollAll() throws(IOError) -> Observation {
    var told: [Token: Told] = [:]
    for _ in 0..<16 {
      try poll.wait(into: &events, timeout: .zero)
      if events.isEmpty { break }
      for event in events {
        told[event.token, default: Told()].reading =
          told[event.token]?.reading == true || event.isReadable || event.isReadClosed
        told[event.token, default: Told()].writing =
          told[event.token]?.writing == true || event.isWritable || event.isWriteClosed
          || event.isError && !event.isReadable
      }
    }
    return .told(told)
  }

  /// How much fits differs from kernel to kernel; that nothing is lost does not.
  private func floodAndDrain(_ slot: Int, _ target: Int) throws(IOError) -> Observation {
    guard let writer = slots[slot], let reader = slots[target], writer.kind.isByteStream else { return .nothing }
    let block = Self.pattern(16_384)
    var written = 0
    var read = 0
    do throws(IOError) {
      while let count = try writer.write(.plain, block) { written += count }
      return .nothing
    } catch .wouldBlock {
    }
    for _ in 0..<200 where read < written {
      do throws(IOError) {
        while let bytes = try reader.read(.plain, 65_536), !bytes.isEmpty { read += bytes.count }
      } catch .wouldBlock {
        try wait()
      }
    }
    return .done(read == written ? 1 : 0)
  }

  private func nextPath() throws(IOError) -> UnixAddress {
    fileCount += 1
    return try UnixAddress(pathname: "\(folder)/\(fileCount)")
  }

  private static func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
  }
  private static func number(_ count: Int?) -> Observation { count.map { .done($0) } ?? .nothing }
  private static func bytes(_ bytes: [UInt8]?) -> Observation { bytes.map { .bytes($0) } ?? .nothing }
}

import MetalCore
import MetalEpoll
import MetalKqueue
import MetalKqueueSim
import MetalPoll
import MetalSystem

/// One program on the simulator, on epoll and on poll(2), step by step beside each other.
final class Comparison {
  private let seed: UInt64
  private var generator: Generator
  private let simulated: Machine<KqueueSimSelector>
  private let real: [any RealMachine]

  private var watches: [Int: Watch] = [:]
  private var histories: [Int: History] = [:]
  private var partners: [Int: Int] = [:]
  /// Where a connected datagram socket sends.
  private var targets: [Int: Int] = [:]
  /// The connections that wait in each listener.
  private var waiting: [Int: [Waiting]] = [:]
  private var differing: Set<Int> = []
  private var steps: [String] = []
  private(set) var seen: Set<KnownDifference> = []

  /// What is registered in a slot, and of which directions an event must come when they become ready.
  private struct Watch {
    var token: Token
    var interests: Interests
    var armed: Set<Direction>
  }

  /// A connection that was not accepted yet.
  private struct Waiting {
    /// The slot of the end that has connected; `nil` once that was closed.
    var slot: Int?
    /// What was done to that end, as the accepted one will have it.
    var history: History = []
    var differs = false
  }

  init(seed: UInt64, folder: String) throws(IOError) {
    self.seed = seed
    generator = Generator(seed: seed)
    simulated = try Machine(on: Simulation(seed: seed).machine("program").kernel, folder: "/program")
    real = [
      try Machine<EpollSelector>(on: .current, folder: folder + "/epoll"),
      try Machine<PosixPollSelector>(on: .current, folder: folder + "/poll"),
    ]
  }

  /// Runs the program, a given one or the seed's; returns a text that tells of the first difference that is not in the
  /// table.
  func run(_ script: [Operation]? = nil) throws(IOError) -> String? {
    for index in 0..<(script?.count ?? generator.length()) {
      let operation =
        script?[index] ?? generator.next(simulated.kinds, registered: Set(watches.keys), pairs: healthyPairs)
      guard isComparable(operation) else { continue }
      if let failure = try step(operation) {
        return "seed \(seed), step \(steps.count): \(failure)\n" + steps.joined(separator: "\n")
      }
    }
    return nil
  }

  /// The two ends of each connection to neither of which anything was done but reading and writing.
  private var healthyPairs: [Int: Int] {
    partners.filter { slot, partner in
      histories[slot, default: []].isEmpty && histories[partner, default: []].isEmpty
        && differing.isDisjoint(with: [slot, partner])
    }
  }

  /// Objects that have become different can only be closed.
  private func isComparable(_ operation: Operation) -> Bool {
    if case .close = operation { return true }
    return differing.isDisjoint(with: operation.slots)
  }

  private func step(_ operation: Operation) throws(IOError) -> String? {
    let kinds = simulated.kinds
    let expected = try simulated.perform(operation)
    steps.append("  \(operation) → \(expected)")
    for machine in real {
      let found = try machine.perform(operation, expecting: promised(expected))
      if case .told(let simulated) = expected, case .told(let real) = found {
        if let failure = compare(simulated, real, kinds, machine.name) { return failure }
      } else if found != expected {
        let slot = operation.slots.first ?? 0
        if let failure = note(
          Difference(
            operation: operation, kind: kinds[slot], simulated: expected, real: found,
            history: histories[slot] ?? []),
          machine.name, operation.slots)
        {
          return failure
        }
      }
    }
    follow(operation, expected, kinds)
    return nil
  }

  /// Of what the simulator told, what every kernel must tell; the rest is not worth waiting for.
  private func promised(_ expected: Observation) -> Observation {
    guard case .told(let told) = expected else { return expected }
    var promised: [Token: Told] = [:]
    for (slot, watch) in watches where !differing.contains(slot) {
      guard let all = told[watch.token] else { continue }
      promised[watch.token] = Told(
        reading: all.reading && watch.armed.contains(.reading),
        writing: all.writing && watch.armed.contains(.writing))
    }
    return .told(promised)
  }

  /// Looks a difference up in the table; returns a text if it is not there.
  private func note(_ difference: Difference, _ name: String, _ slots: [Int]) -> String? {
    guard let row = KnownDifference.row(of: difference) else { return "\(name): \(difference)" }
    seen.insert(row)
    if row.lasts { for slot in slots { setDiffering(slot) } }
    return nil
  }

  private func setDiffering(_ slot: Int) {
    guard differing.insert(slot).inserted else { return }
    for (listener, queue) in waiting {
      for index in queue.indices where queue[index].slot == slot { waiting[listener]?[index].differs = true }
    }
    if let partner = partners[slot] { setDiffering(partner) }
    // What one of the kernels refused to send, its target never has.
    if let target = targets[slot] { setDiffering(target) }
  }

  /// Compares what a poll told: what had to be told by both, and that nothing else was told of strangers.
  private func compare(
    _ simulated: [Token: Told], _ real: [Token: Told], _ kinds: [ObjectKind?], _ name: String
  ) -> String? {
    let known = Set(watches.values.map(\.token))
    for token in simulated.keys where !known.contains(token) {
      return "the simulator told of \(token), which is gone"
    }
    for token in real.keys where !known.contains(token) { return "\(name) told of \(token), which is gone" }
    for (slot, watch) in watches.sorted(by: { $0.key < $1.key }) where !differing.contains(slot) {
      for direction in Direction.allCases where watch.armed.contains(direction) {
        let (first, second) = (simulated[watch.token] ?? Told(), real[watch.token] ?? Told())
        guard first[direction] != second[direction] else { continue }
        let difference = Difference(
          operation: .poll, kind: kinds[slot], simulated: .told([watch.token: first]),
          real: .told([watch.token: second]), direction: direction, history: histories[slot] ?? [])
        if let failure = note(difference, name, [slot]) { return failure }
      }
    }
    return nil
  }

  // MARK: - What follows from a step

  private func follow(_ operation: Operation, _ result: Observation, _ kinds: [ObjectKind?]) {
    switch operation {
    case .register(let slot, let interests, let token), .reregister(let slot, let interests, let token):
      guard result == .done(0) else { break }
      watches[slot] = Watch(
        token: token, interests: interests,
        armed: Set(Direction.allCases.filter { interests.contains($0.interest) }))
    case .deregister(let slot): if result == .done(0) { watches[slot] = nil }
    case .poll:
      guard case .told(let told) = result else { break }
      for (slot, watch) in watches {
        for direction in Direction.allCases where told[watch.token]?[direction] == true {
          watches[slot]?.armed.remove(direction)
        }
      }
    case .read(let slot, let form, let count):
      followRead(slot, form == .peek ? 0 : count, result, kinds[slot])
    case .write(let slot, _, _), .sendTo(let slot, _, _):
      if result == .failed(.wouldBlock) { arm(slot, .writing) }
    case .floodAndDrain(let slot, let target):
      arm(slot, .writing)
      arm(target, .reading)
    case .accept(let slot, let accepted):
      if result == .failed(.wouldBlock) { arm(slot, .reading) }
      if result == .done(0) { followAccept(slot, accepted) }
    default: followObject(operation, result)
    }
  }

  private func followRead(_ slot: Int, _ count: Int, _ result: Observation, _ kind: ObjectKind?) {
    if result == .failed(.wouldBlock) { arm(slot, .reading) }
    // A stream that came up short is drained; one that has ended says so once.
    if case .bytes(let bytes) = result, kind?.isByteStream == true, !bytes.isEmpty, bytes.count < count,
      histories[slot, default: []].isDisjoint(with: [.peerClosed, .peerShutWrite, .peerReset, .shutRead])
    {
      arm(slot, .reading)
    }
  }

  private func followObject(_ operation: Operation, _ result: Observation) {
    switch operation {
    case .openPair(_, let first, let second):
      begin(first)
      begin(second)
      partners[first] = second
      partners[second] = first
    case .openListener(let slot), .openUnixListener(let slot), .openUDP(let slot): begin(slot)
    case .connect(_, let listener, let slot):
      begin(slot)
      if result == .done(0) { waiting[listener, default: []].append(Waiting(slot: slot)) }
    case .connectToNobody(_, let slot): begin(slot)
    case .shutdown(let slot, let direction) where result == .done(0):
      if direction != .write { mark(slot, .shutRead, .peerShutRead) }
      if direction != .read { mark(slot, .shutWrite, .peerShutWrite) }
    case .connectUDP(let slot, let target):
      if result == .done(0) { targets[slot] = target }
      if histories[slot]?.contains(.connected) == true { histories[slot]?.insert(.reconnected) }
      histories[slot, default: []].insert(.connected)
    case .close(let slot, let reset):
      mark(slot, [], reset ? .peerReset : .peerClosed)
      // Who waits in a listener that goes is reset.
      for entry in waiting.removeValue(forKey: slot) ?? [] {
        if let other = entry.slot { histories[other, default: []].insert(.peerReset) }
      }
      begin(slot)
    default: break
    }
  }

  /// A connection was accepted: its ends are known to each other from now on.
  private func followAccept(_ listener: Int, _ accepted: Int) {
    begin(accepted)
    guard var queue = waiting[listener], !queue.isEmpty else { return }
    let first = queue.removeFirst()
    waiting[listener] = queue
    histories[accepted] = first.history
    if let slot = first.slot {
      partners[accepted] = slot
      partners[slot] = accepted
    }
    if first.differs { differing.insert(accepted) }
  }

  /// A slot has a new object, or none.
  private func begin(_ slot: Int) {
    watches[slot] = nil
    histories[slot] = nil
    differing.remove(slot)
    if let partner = partners.removeValue(forKey: slot) { partners[partner] = nil }
    targets = targets.filter { $0 != slot && $1 != slot }
    for (listener, queue) in waiting {
      for index in queue.indices where queue[index].slot == slot { waiting[listener]?[index].slot = nil }
    }
  }

  private func mark(_ slot: Int, _ own: History, _ others: History) {
    histories[slot, default: []].formUnion(own)
    if let partner = partners[slot] { histories[partner, default: []].formUnion(others) }
    for (listener, queue) in waiting {
      for index in queue.indices where queue[index].slot == slot {
        waiting[listener]?[index].history.formUnion(others)
      }
    }
  }

  private func arm(_ slot: Int, _ direction: Direction) {
    guard let watch = watches[slot], watch.interests.contains(direction.interest) else { return }
    watches[slot]?.armed.insert(direction)
  }
}

/// A machine on a real kernel, whatever its selector.
protocol RealMachine: AnyObject {
  var name: String { get }
  func perform(_ operation: Operation, expecting expected: Observation?) throws(IOError) -> Observation
}

extension Machine: RealMachine {
  var name: String { "\(S.self)" }
}

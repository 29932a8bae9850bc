import Glibc
import MetalCore
import MetalKqueueSim
import MetalSystem

/// One program of calls that name addresses and options, on the simulated kernel and on Linux, step by step.
final class SetUpComparison {
  private var generator: SetUpGenerator
  private let simulated: SetUpMachine<SimulatedKernel>
  private let real = SetUpMachine(on: SystemKernel.current)
  private var slots = [SocketFacts?](repeating: nil, count: SetUpGenerator.slotCount)
  /// Whether a socket was to share its address.
  private var reuses = false
  /// Whether a socket was shut down, or was to be.
  private var shuts = false
  private(set) var steps: [String] = []
  private(set) var seen: Set<KnownSetUpDifference> = []

  init(seed: UInt64) {
    generator = SetUpGenerator(seed: seed)
    simulated = SetUpMachine(on: Simulation(seed: seed).machine("program").kernel)
  }

  /// Runs the program; returns the first step that differs and is not in the table, with the steps before it.
  func run() -> SetUpDifference? {
    for _ in 0..<generator.length() {
      let step = generator.next(slots)
      let expected = simulated.perform(step)
      var found = real.perform(step)
      // What another socket has sent takes a moment to arrive.
      for _ in 0..<250 where found != expected && step.canBeRepeated {
        usleep(200)
        found = found.followed(by: real.perform(step))
      }
      steps.append("  \(step) → \(expected)")
      guard found == expected else {
        let difference = SetUpDifference(
          step: step, facts: slots[step.slot] ?? SocketFacts(family: .unix, kind: .stream), slots: slots,
          reuses: reuses, shuts: shuts, simulated: expected, real: found)
        guard let row = KnownSetUpDifference.all.first(where: { $0.isCase(difference) }) else { return difference }
        seen.insert(row)
        switch row.effect {
        case .none: continue
        case .lastsForSocket: perform(.close(step.slot))
        case .lasts: return nil
        }
        continue
      }
      follow(step, expected)
    }
    return nil
  }

  private func perform(_ step: SetUpStep) {
    follow(step, simulated.perform(step))
    _ = real.perform(step)
  }

  private func follow(_ step: SetUpStep, _ result: SetUpResult) {
    switch (step, result) {
    case (.open(let slot, let family, let kind), .done): slots[slot] = SocketFacts(family: family, kind: kind)
    case (.close(let slot), _): slots[slot] = nil
    case (.shutdown(let slot, _), _):
      slots[slot]?.wasShut = true
      shuts = true
    case (.setOption(_, .reuseAddress, 1), .done), (.setOption(_, .reusePort, 1), .done): reuses = true
    case (.bind(let slot, let place), .done):
      slots[slot]?.isBound = true
      let owner = place.portOf.flatMap { slots[$0] }
      slots[slot]?.hasPortOfConnected = owner?.isPortOfConnected == true
    case (.sendTo(let slot, _), .moved): slots[slot]?.isBound = true
    case (.connect(let slot, _), .done):
      if slots[slot]?.isConnected == true { slots[slot]?.wasReconnected = true }
      slots[slot]?.isBound = true
      slots[slot]?.isConnected = true
    case (.listen(let slot), .done):
      slots[slot]?.isBound = true
      slots[slot]?.isListening = true
    case (.accept(let slot, let result), .done):
      slots[result] = slots[slot]
      slots[result]?.isListening = false
      slots[result]?.isConnected = true
    default: break
    }
  }
}

extension SocketFacts {
  /// Whether the port of the socket is, or was, the port of a stream that connected.
  var isPortOfConnected: Bool { kind == .stream && isConnected || hasPortOfConnected }
}

struct SetUpDifference: CustomStringConvertible {
  var step: SetUpStep
  var facts: SocketFacts
  var slots: [SocketFacts?]
  var reuses: Bool
  var shuts: Bool
  var simulated: SetUpResult
  var real: SetUpResult

  var description: String { "\(step): simulated \(simulated), real \(real), \(facts)" }
}

extension SetUpResult {
  var isSuccess: Bool { if case .failed = self { false } else { true } }

  /// What two tries have given, one after the other.
  func followed(by next: SetUpResult) -> SetUpResult {
    switch (self, next) {
    case (.moved(let count), .moved(let more)): .moved(count + more)
    case (.moved, .failed(.wouldBlock)): self
    default: next
    }
  }
}

extension SetUpStep {
  /// The slot that it is about.
  var slot: Int {
    switch self {
    case .open(let slot, _, _), .bind(let slot, _), .listen(let slot), .connect(let slot, _), .accept(let slot, _),
      .localAddress(let slot), .peerAddress(let slot), .setOption(let slot, _, _), .option(let slot, _),
      .takeError(let slot), .send(let slot), .sendTo(let slot, _), .receive(let slot), .shutdown(let slot, _),
      .close(let slot):
      slot
    }
  }

  /// Whether trying once more changes nothing but what arrives meanwhile, so that it may be a matter of time.
  var canBeRepeated: Bool {
    switch self {
    case .accept, .receive, .peerAddress: true
    default: false
    }
  }
}

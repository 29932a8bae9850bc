import MetalCore
import MetalKqueueSim

/// Chooses the steps of a program from a seed, by what is in its slots at the time.
struct Generator {
  private var random: RandomStream
  private var nextToken: UInt = 1

  init(seed: UInt64) {
    random = Simulation(seed: seed).random("differential")
  }

  /// The number of steps of the program.
  mutating func length() -> Int { 60 + below(140) }

  /// Chooses a step.
  ///
  /// `kinds` says what is in each slot, `registered` which are registered, `pairs` which are connected to each other and
  /// in good health.
  mutating func next(_ kinds: [ObjectKind?], registered: Set<Int>, pairs: [Int: Int]) -> Operation {
    let free = kinds.indices.filter { kinds[$0] == nil }
    let used = kinds.indices.filter { kinds[$0] != nil }
    if used.isEmpty || free.count >= 2 && below(100) < 22 { return open(kinds, free) }
    if below(100) < 16 { return .poll }
    let slot = used[below(used.count)]
    if below(100) < 28 { return registryStep(slot, isRegistered: registered.contains(slot)) }
    if below(100) < 9 { return .close(slot, reset: below(3) == 0) }
    if kinds[slot]?.isByteStream == true, let other = pairs[slot], below(12) == 0 {
      return .floodAndDrain(slot, into: other)
    }
    return use(slot, kinds, free)
  }

  private mutating func open(_ kinds: [ObjectKind?], _ free: [Int]) -> Operation {
    let first = free[0]
    let second = free.count > 1 ? free[1] : free[0]
    let listeners = kinds.indices.filter { kinds[$0] == .tcpListener || kinds[$0] == .unixListener }
    switch below(14) {
    case 0 where listeners.count < 3: return .openListener(first)
    case 1 where listeners.count < 3: return .openUnixListener(first)
    case 2, 13: return .openUDP(first)
    case 3: return .connectToNobody(TCP: below(2) == 0, into: first)
    case 4: return .openPair(.pipe, first, second)
    case 5: return .openPair(.unixStreams, first, second)
    case 6: return .openPair(.unixDatagrams, first, second)
    default:
      guard !listeners.isEmpty else { return below(3) > 0 ? .openListener(first) : .openUnixListener(first) }
      return .connect(0, to: listeners[below(listeners.count)], into: first)
    }
  }

  private mutating func registryStep(_ slot: Int, isRegistered: Bool) -> Operation {
    let interests: [Interests] = [.readable, .writable, [.readable, .writable], [.readable, .writable]]
    let interest = interests[below(interests.count)]
    defer { nextToken += 1 }
    let token = Token(rawValue: nextToken)
    // Now and then what must be refused.
    let isWrong = below(12) == 0
    if isRegistered == isWrong { return .register(slot, interest, token) }
    return below(3) == 0 ? .deregister(slot) : .reregister(slot, interest, token)
  }

  private mutating func use(_ slot: Int, _ kinds: [ObjectKind?], _ free: [Int]) -> Operation {
    let kind = kinds[slot]
    if kind == .tcpListener || kind == .unixListener {
      return free.isEmpty ? .takeError(slot) : .accept(slot, into: free[0])
    }
    let others = kinds.indices.filter { kinds[$0] == kind && $0 != slot }
    if kind == .udp, !others.isEmpty, below(5) == 0 {
      return .connectUDP(slot, to: others[below(others.count)])
    }
    switch below(22) {
    case 0..<7: return .read(slot, choose(ReadForm.allCases), count: [0, 1, 5, 40, 400, 4_000][below(6)])
    case 7..<14: return write(slot, kind, others)
    case 14, 15: return .shutdown(slot, [.read, .read, .write, .both][below(4)])
    case 16, 17: return .takeError(slot)
    case 18: return .addresses(slot)
    case 19: return .setOption(slot, below(2) == 0)
    default: return .read(slot, .plain, count: 100)
    }
  }

  private mutating func write(_ slot: Int, _ kind: ObjectKind?, _ others: [Int]) -> Operation {
    let count = [0, 1, 7, 60, 500][below(5)]
    if kind == .udp, !others.isEmpty, below(2) == 0 {
      return .sendTo(slot, others[below(others.count)], count: count)
    }
    return .write(slot, choose(WriteForm.allCases), count: count)
  }

  private mutating func choose<T>(_ all: [T]) -> T { all[below(all.count)] }
  private mutating func below(_ bound: Int) -> Int { Int(random.next(below: UInt64(bound))) }
}

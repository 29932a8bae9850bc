internal import MetalKqueueSim

/// The choice of the program that gets the next turn.
struct TurnOrder {
  private let order: Turns.Order
  private var random: RandomStream
  /// The turns at which the previous program gets the lowest priority, in descending order.
  private var changes: [UInt64] = []
  private var turn: UInt64 = 0
  private var lowest = 0

  /// The number of first turns that can have a change of priority.
  private static var turnsWithChanges: UInt64 { 1_000 }

  init(_ order: Turns.Order, _ random: RandomStream) {
    self.order = order
    self.random = random
    if case .byPriority(let count) = order {
      guard count >= 0 else {
        fatalError("The priorities cannot change \(count) times. Give a number of 0 or more.")
      }
      for _ in 0..<count { changes.append(self.random.next(below: Self.turnsWithChanges)) }
      changes.sort(by: >)
    }
  }

  /// Draws the priority of a new program.
  mutating func drawPriority() -> Int {
    if case .byPriority = order { Int(random.next(below: 1 << 30)) } else { 0 }
  }

  /// Chooses among the programs that can continue; returns `nil` if there is none.
  mutating func choose(
    _ programs: [ProgramCore], after last: ProgramCore?, _ canGoOn: (ProgramCore) -> Bool
  ) -> ProgramCore? {
    switch order {
    case .inTurn:
      let start = (last?.number ?? -1) + 1
      for offset in programs.indices {
        let program = programs[(start + offset) % programs.count]
        if canGoOn(program) { return program }
      }
      return nil
    case .random:
      let ready = programs.filter(canGoOn)
      return ready.isEmpty ? nil : ready[Int(random.next(below: UInt64(ready.count)))]
    case .byPriority:
      turn += 1
      while let change = changes.last, change < turn {
        changes.removeLast()
        lowest -= 1
        last?.priority = lowest
      }
      return programs.filter(canGoOn).max { ($0.priority, $1.number) < ($1.priority, $0.number) }
    }
  }
}

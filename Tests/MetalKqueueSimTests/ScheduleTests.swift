import MetalCore
import MetalKqueue
import MetalKqueueSim
import Synchronization
import Testing

@Suite("Schedule")
struct ScheduleTests {
  /// What actions have done, in order.
  ///
  /// `@unchecked Sendable`: a simulation runs its actions on the thread that waits.
  private final class Log: @unchecked Sendable {
    var entries: [Int] = []
  }

  @Test("Actions run in the order of time, at one time in the order of scheduling")
  func order() {
    let simulation = Simulation()
    let log = Log()
    for (entry, delay) in [(4, 20), (1, 10), (5, 20), (2, 10), (0, 5), (3, 10)] {
      simulation.schedule(after: .milliseconds(delay)) { log.entries.append(entry) }
    }
    simulation.advance(by: .milliseconds(19))
    #expect(log.entries == [0, 1, 2, 3])
    #expect(simulation.now == .milliseconds(19))
    simulation.advance(by: .milliseconds(1))
    #expect(log.entries == [0, 1, 2, 3, 4, 5])
  }

  @Test("Many actions are run in order")
  func manyActions() {
    let simulation = Simulation(seed: 2)
    var delays = simulation.random("delays")
    let log = Log()
    let times = (0..<500).map { _ in Int(delays.next(below: 100)) }
    for time in times { simulation.schedule(after: .milliseconds(time)) { log.entries.append(time) } }
    simulation.advance(by: .seconds(1))
    #expect(log.entries == times.sorted())
  }

  @Test("An action runs at its time, and not without a wait")
  func atItsTime() throws {
    let simulation = Simulation()
    let node = simulation.node("a")
    let log = Log()
    simulation.schedule(after: .nanoseconds(1_500)) { log.entries.append(Int(simulation.now / .nanoseconds(1))) }
    simulation.schedule(after: .zero) { log.entries.append(Int(simulation.now / .nanoseconds(1))) }
    simulation.schedule(after: .seconds(-1)) { log.entries.append(-1) }
    _ = try node.openPipe()
    #expect(log.entries == [])
    let queue = try Queue(on: node)
    #expect(queue.wait(10_000) == [])
    #expect(log.entries == [0, -1, 1_500])
  }

  @Test("What occurs at the end of a wait comes before its timeout")
  func occurrencesFirst() throws {
    let simulation = Simulation()
    let node = simulation.node("a")
    let queue = try Queue(on: node)
    let pipe = try node.openPipe()
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    simulation.schedule(after: .milliseconds(5)) { node.write(pipe.second, 1) }
    #expect(queue.wait(5_000_000) == [.read(1, 1)])
    #expect(simulation.now == .milliseconds(5))
    simulation.schedule(after: .nanoseconds(5_000_001)) { node.write(pipe.second, 1) }
    #expect(queue.wait(5_000_000) == [])
    #expect(simulation.now == .milliseconds(10))
  }

  @Test("An action may schedule, also for the same time")
  func scheduling() throws {
    let simulation = Simulation()
    let log = Log()
    simulation.schedule(after: .milliseconds(1)) {
      log.entries.append(1)
      simulation.schedule(after: .zero) { log.entries.append(3) }
      simulation.schedule(after: .milliseconds(1)) { log.entries.append(4) }
    }
    simulation.schedule(after: .milliseconds(1)) { log.entries.append(2) }
    simulation.advance(by: .milliseconds(2))
    #expect(log.entries == [1, 2, 3, 4])
  }

  @Test("An action may register and poll, on the very node that waits")
  func reentry() throws {
    let simulation = Simulation()
    let node = simulation.node("a")
    let outer = try Queue(on: node)
    let first = try node.openPipe()
    let second = try node.openPipe()
    let log = Log()
    let descriptor = outer.descriptor
    simulation.schedule(after: .milliseconds(1)) {
      do {
        let inner = try Queue(on: node)
        inner.change(.read(first.first, [.add, .clear], token: 1))
        simulation.schedule(after: .milliseconds(3)) { node.write(first.second, 2) }
        if inner.wait() == [.read(1, 2)] { log.entries.append(1) }
        // The wait that is interrupted may be given something to wait for.
        let change = KernelEvent.read(second.first, [.add, .clear], token: 2)
        if node.kevent(descriptor, [change], room: 0).result.isSuccess { log.entries.append(2) }
        node.write(second.second, 5)
      } catch {
        Issue.record(error)
      }
    }
    #expect(outer.wait() == [.read(2, 5)])
    #expect(log.entries == [1, 2])
    #expect(simulation.now == .milliseconds(4))
  }

  @Test("An action that waits makes the wait that it interrupts longer")
  func longAction() throws {
    let simulation = Simulation()
    let node = simulation.node("a")
    let queue = try Queue(on: node)
    simulation.schedule(after: .milliseconds(1)) { simulation.advance(by: .seconds(1)) }
    #expect(queue.wait(5_000_000) == [])
    #expect(simulation.now == .milliseconds(1_001))
  }

  @Test("Asking without waiting costs a microsecond, unless there is an event")
  func cost() throws {
    let simulation = Simulation()
    let node = simulation.node("a")
    let queue = try Queue(on: node)
    for _ in 0..<5 { #expect(queue.told() == []) }
    #expect(simulation.now == .microseconds(5))
    queue.change(.user(1, .add), .user(1, [], UserEventFlags.trigger))
    for _ in 0..<5 { #expect(queue.told() == [.user(0)]) }
    #expect(simulation.now == .microseconds(5))
  }

  @Test("A program that goes on asking lets things happen")
  func spinning() throws {
    let simulation = Simulation()
    let node = simulation.node("a")
    let queue = try Queue(on: node)
    let pipe = try node.openPipe()
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    simulation.schedule(after: .microseconds(10)) { node.write(pipe.second, 1) }
    var asked = 0
    while queue.told().isEmpty, asked < 100 { asked += 1 }
    #expect(asked == 10)
  }

  @Test("The longest timeout ends at the end of time")
  func endOfTime() throws {
    let simulation = Simulation()
    let queue = try Queue(on: simulation.node("a"))
    #expect(queue.wait(.max) == [])
    #expect(queue.wait(.max) == [])
    #expect(queue.told() == [])
    #expect(simulation.now == .nanoseconds(Int64.max))
  }
}

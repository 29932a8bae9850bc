import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Schedule")
struct ScheduleTests {
  /// What actions have done, in order.
  ///
  /// `@unchecked Sendable`: the test's own thread runs the actions.
  private final class Log: @unchecked Sendable {
    private(set) var entries: [Int] = []

    func append(_ entry: Int) { entries.append(entry) }
  }

  @Test("Actions run in the order of time, at one time in the order of scheduling")
  func order() {
    let simulation = Simulation()
    let log = Log()
    for (entry, delay) in [(4, 20), (1, 10), (5, 20), (2, 10), (0, 5), (3, 10)] {
      simulation.schedule(after: .milliseconds(delay)) { log.append(entry) }
    }
    simulation.advance(by: .milliseconds(19))
    #expect(log.entries == [0, 1, 2, 3])
    #expect(simulation.now == .milliseconds(19))
    simulation.advance(by: .milliseconds(1))
    #expect(log.entries == [0, 1, 2, 3, 4, 5])
  }

  @Test("An action returns its value to the test once it has run")
  func values() throws(IOError) {
    let simulation = Simulation()
    let answer = simulation.schedule(after: .milliseconds(2)) { simulation.now }
    #expect(!answer.hasRun)
    #expect(answer.get() == nil)
    #expect(answer.result == nil)
    simulation.advance(by: .milliseconds(5))
    #expect(answer.hasRun)
    #expect(answer.get() == .milliseconds(2))
    // It can be asked again.
    #expect(answer.result == .success(.milliseconds(2)))
  }

  @Test("An error of an action is thrown where its value is asked for, with its type")
  func errors() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let closing = simulation.schedule(after: .zero) { () throws(IOError) in try kernel.close(77) }
    expectError(.badDescriptor) { () throws(IOError) in
      simulation.advance(by: .zero)
      _ = try closing.get()
    }
    #expect(closing.hasRun)
  }

  @Test("An action that was removed never runs, and has no value")
  func removed() {
    let simulation = Simulation()
    let answer = simulation.schedule(after: .zero) { 1 }
    simulation.removeScheduled()
    simulation.advance(by: .seconds(1))
    #expect(!answer.hasRun)
    #expect(answer.get() == nil)
  }

  @Test("A machine's action runs on the machine, whatever machine waits")
  func ofMachine() throws(IOError) {
    let simulation = Simulation(keeping: .all)
    let (here, there) = (simulation.machine("here"), simulation.machine("there"))
    let queue = try Queue(on: here.kernel)
    let name = there.schedule(after: .milliseconds(1)) { SimulatedKernel.current.machine.name }
    let made = there.schedule(after: .milliseconds(2)) { () throws(IOError) in
      let pipe = try PipeEnds()
      return pipe.reader.rawDescriptor
    }
    here.run {
      #expect(queue.wait(5_000_000) == [])
      #expect(SimulatedKernel.current.machine === here)
    }
    #expect(name.get() == "there")
    // The lowest number of the other machine, whose pipe was closed again.
    #expect(try made.get() == 3)
    #expect(there.kernel.descriptorCount == 0)
    let actions = simulation.trace.records.filter { $0.kind == .action }
    #expect(actions.map(\.machine) == [1, 1])
  }

  @Test("Many actions are run in order")
  func manyActions() {
    let simulation = Simulation(seed: 2)
    var delays = simulation.random("delays")
    let log = Log()
    let times = (0..<500).map { _ in Int(delays.next(below: 100)) }
    for time in times { simulation.schedule(after: .milliseconds(time)) { log.append(time) } }
    simulation.advance(by: .seconds(1))
    #expect(log.entries == times.sorted())
  }

  @Test("An action runs at its time, and not without a wait")
  func atItsTime() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let log = Log()
    simulation.schedule(after: .nanoseconds(1_500)) { log.append(Int(simulation.now / .nanoseconds(1))) }
    simulation.schedule(after: .zero) { log.append(Int(simulation.now / .nanoseconds(1))) }
    simulation.schedule(after: .seconds(-1)) { log.append(-1) }
    _ = try kernel.openPipe()
    #expect(log.entries == [])
    let queue = try Queue(on: kernel)
    #expect(queue.wait(10_000) == [])
    #expect(log.entries == [0, -1, 1_500])
  }

  @Test("What occurs at the end of a wait comes before its timeout")
  func occurrencesFirst() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    let pipe = try kernel.openPipe()
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    simulation.schedule(after: .milliseconds(5)) { kernel.write(pipe.second, 1) }
    #expect(queue.wait(5_000_000) == [.read(1, 1)])
    #expect(simulation.now == .milliseconds(5))
    simulation.schedule(after: .nanoseconds(5_000_001)) { kernel.write(pipe.second, 1) }
    #expect(queue.wait(5_000_000) == [])
    #expect(simulation.now == .milliseconds(10))
  }

  @Test("An action may schedule, also for the same time")
  func scheduling() throws(IOError) {
    let simulation = Simulation()
    let log = Log()
    simulation.schedule(after: .milliseconds(1)) {
      log.append(1)
      simulation.schedule(after: .zero) { log.append(3) }
      simulation.schedule(after: .milliseconds(1)) { log.append(4) }
    }
    simulation.schedule(after: .milliseconds(1)) { log.append(2) }
    simulation.advance(by: .milliseconds(2))
    #expect(log.entries == [1, 2, 3, 4])
  }

  @Test("An action may register and poll, on the very kernel that waits")
  func reentry() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let outer = try Queue(on: kernel)
    let first = try kernel.openPipe()
    let second = try kernel.openPipe()
    let log = Log()
    let descriptor = outer.descriptor
    simulation.schedule(after: .milliseconds(1)) {
      do throws(IOError) {
        let inner = try Queue(on: kernel)
        inner.change(.read(first.first, [.add, .clear], token: 1))
        simulation.schedule(after: .milliseconds(3)) { kernel.write(first.second, 2) }
        if inner.wait() == [.read(1, 2)] { log.append(1) }
        // The wait that is interrupted may be given something to wait for.
        let change = KernelEvent.read(second.first, [.add, .clear], token: 2)
        if kernel.kevent(descriptor, [change], room: 0).result.isSuccess { log.append(2) }
        kernel.write(second.second, 5)
      } catch {
        Issue.record(error)
      }
    }
    #expect(outer.wait() == [.read(2, 5)])
    #expect(log.entries == [1, 2])
    #expect(simulation.now == .milliseconds(4))
  }

  @Test("An action that waits makes the wait that it interrupts longer")
  func longAction() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    simulation.schedule(after: .milliseconds(1)) { simulation.advance(by: .seconds(1)) }
    #expect(queue.wait(5_000_000) == [])
    #expect(simulation.now == .milliseconds(1_001))
  }

  @Test("Asking without waiting costs a microsecond, unless there is an event")
  func cost() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    for _ in 0..<5 { #expect(queue.told() == []) }
    #expect(simulation.now == .microseconds(5))
    queue.change(.user(1, .add), .user(1, [], UserEventFlags.trigger))
    for _ in 0..<5 { #expect(queue.told() == [.user(0)]) }
    #expect(simulation.now == .microseconds(5))
  }

  @Test("A program that goes on asking lets things happen")
  func spinning() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    let pipe = try kernel.openPipe()
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    simulation.schedule(after: .microseconds(10)) { kernel.write(pipe.second, 1) }
    var asked = 0
    while queue.told().isEmpty, asked < 100 { asked += 1 }
    #expect(asked == 10)
  }

  @Test("The longest timeout ends at the end of time")
  func endOfTime() throws(IOError) {
    let simulation = Simulation()
    let queue = try Queue(on: simulation.machine("a").kernel)
    #expect(queue.wait(.max) == [])
    #expect(queue.wait(.max) == [])
    #expect(queue.told() == [])
    #expect(simulation.now == .nanoseconds(Int64.max))
  }
}

import MetalCore
import Testing

@Suite("Kqueue rules: interruption")
struct InterruptionTests {
  @Test("POLL-09 An interrupted wait throws, and nothing is tried again")
  func throwsAsItIs() throws(IOError) {
    let simulation = Simulation(keeping: .all)
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    simulation.schedule(after: .milliseconds(5)) { kernel.interrupt() }
    expectError(.interrupted) { () throws(IOError) in try poll.wait(into: &events, timeout: nil) }
    #expect(simulation.trace.records.filter { $0.name == "kevent" }.map(\.result) == [-4])
  }

  @Test("EVT-03 An interrupted wait discards what the container held")
  func discards() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    let waker = try poll.registry.makeWaker(token: 3)
    try waker.wake()
    try poll.wait(into: &events)
    #expect(events.map(\.token) == [3])
    simulation.schedule(after: .milliseconds(5)) { kernel.interrupt() }
    expectError(.interrupted) { () throws(IOError) in try poll.wait(into: &events, timeout: nil) }
    #expect(events.isEmpty)
  }

  @Test("C13 A signal ends a wait in which nothing is ready, once")
  func endsAWait() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    simulation.schedule(after: .milliseconds(5)) { kernel.interrupt() }
    expectError(.interrupted) { () throws(IOError) in try poll.wait(into: &events, timeout: .seconds(1)) }
    #expect(simulation.now == .milliseconds(5))
    try poll.wait(into: &events, timeout: .seconds(1))
    #expect(simulation.now == .milliseconds(1_005))
  }

  @Test("C13 A signal does not keep an event from being delivered, nor end a poll that does not wait")
  func doesNotHideEvents() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    let waker = try poll.registry.makeWaker(token: 3)
    try waker.wake()
    kernel.interrupt()
    try poll.wait(into: &events)
    #expect(events.map(\.token) == [3])
    try poll.wait(into: &events, timeout: .zero)
    #expect(events.isEmpty)
    expectError(.interrupted) { () throws(IOError) in try poll.wait(into: &events) }
  }
}

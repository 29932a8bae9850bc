import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Spinning")
struct SpinningTests {
  @Test("A poll that does not spin is one call; one that does asks each microsecond, and sleeps once")
  func calls() throws(IOError) {
    #expect(try callsOfPoll(spinning: .zero, timeout: .milliseconds(1)) == 1)
    #expect(try callsOfPoll(spinning: .microseconds(50), timeout: .milliseconds(1)) == 51)
    #expect(try callsOfPoll(spinning: .microseconds(50), timeout: .microseconds(20)) == 20)
    #expect(try callsOfPoll(spinning: .microseconds(50), timeout: .zero) == 1)
  }

  private func callsOfPoll(spinning: Duration, timeout: Duration) throws(IOError) -> Int {
    let simulation = Simulation(keeping: .all)
    var poll = try Poll(on: simulation.machine("a").kernel)
    var events = Events(capacity: 4)
    let before = simulation.trace.records.count { $0.kind == .call }
    try poll.wait(into: &events, timeout: timeout, spinning: spinning)
    return simulation.trace.records.count { $0.kind == .call } - before
  }

  @Test("What occurs during a spin is found at the microsecond in which it occurs")
  func promptness() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    let waker = try poll.registry.makeWaker(token: 1)
    simulation.schedule(after: .microseconds(7)) {
      do throws(IOError) { try waker.wake() } catch { Issue.record(error) }
    }
    try poll.wait(into: &events, spinning: .microseconds(50))
    #expect(events.map(\.token) == [1])
    #expect(simulation.now == .microseconds(7))
  }

  @Test("A poll that spins and that nothing can end throws, as one that does not spin")
  func deadlock() throws(IOError) {
    let simulation = Simulation()
    var poll = try Poll(on: simulation.machine("a").kernel)
    var events = Events(capacity: 4)
    expectError(.deadlock) { () throws(IOError) in try poll.wait(into: &events, spinning: .microseconds(50)) }
    #expect(simulation.now == .microseconds(50))
    #expect(simulation.diagnosis?.kind == .deadlock)
  }

  @Test("Waiting for time to pass is no livelock, however often a poll has spun before it slept")
  func timeouts() throws(IOError) {
    let simulation = Simulation()
    simulation.mostIdleCalls = 1_000
    var poll = try Poll(on: simulation.machine("a").kernel)
    var events = Events(capacity: 4)
    for _ in 0..<100 { try poll.wait(into: &events, timeout: .milliseconds(1), spinning: .microseconds(50)) }
    #expect(simulation.now == .milliseconds(100))
  }
}

import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// A program that goes on for ever without any progress fails; one that gets on does not.
@Suite("Simulation: programs and actions without end")
struct EndlessTests {
  private let simulation = Simulation()

  init() { simulation.mostIdleCalls = 1_000 }

  private static func again(_ simulation: Simulation, _ body: @escaping @Sendable () -> Void = {}) {
    simulation.schedule(after: .zero) {
      body()
      again(simulation, body)
    }
  }

  @Test(
    "Actions that schedule each other for the same moment are a livelock, with a timeout and without",
    arguments: [nil, .seconds(1)] as [Duration?])
  func actions(timeout: Duration?) throws(IOError) {
    var poll = try Poll(on: simulation.machine("a").kernel)
    var events = Events(capacity: 4)
    Self.again(simulation)
    expectError(.deadlock) { () throws(IOError) in try poll.wait(into: &events, timeout: timeout) }
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.kind == .livelock)
    #expect(diagnosis.reason == "actions schedule each other for the same moment without end")
    simulation.removeScheduled()
    try poll.wait(into: &events, timeout: .zero)
  }

  @Test("So are actions that make progress, wait, or advance by no time")
  func busyActions() throws(IOError) {
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    let pipe = try kernel.openPipe()
    let simulation = simulation
    let bodies: [@Sendable () -> Void] = [
      {
        kernel.write(pipe.second, 1)
        kernel.read(pipe.first)
      },
      { simulation.advance(by: .zero) },
    ]
    for body in bodies {
      Self.again(simulation, body)
      #expect(queue.kevent([], room: 1, timeout: nil).error == .deadlock)
      #expect(simulation.diagnosis?.kind == .livelock)
      simulation.removeScheduled()
    }
  }

  @Test("Many actions at one moment are none without end, and neither are many moments")
  func manyActions() {
    for _ in 0..<1_000 { simulation.schedule(after: .seconds(1)) {} }
    for moment in 0..<2_000 { simulation.schedule(after: .milliseconds(moment)) {} }
    simulation.advance(by: .milliseconds(999))
    simulation.removeScheduled()
    for moment in 0..<2_000 { simulation.schedule(after: .milliseconds(moment)) {} }
    simulation.advance(by: .seconds(3))
    #expect(simulation.now == .milliseconds(3_999))
  }

  @Test("A program that wakes itself gets on, however often")
  func wakesItself() throws(IOError) {
    var poll = try Poll(on: simulation.machine("a").kernel)
    var events = Events(capacity: 4)
    let waker = try poll.registry.makeWaker(token: 1)
    for _ in 0..<5_000 {
      try waker.wake()
      try poll.wait(into: &events)
      #expect(events.map(\.token) == [1])
    }
    #expect(simulation.now == .zero)
    expectError(.deadlock) { () throws(IOError) in try poll.wait(into: &events) }
    #expect(simulation.diagnosis?.kind == .deadlock)
  }

  @Test("Calls that would block are counted in a row: a wait, an advance and progress begin anew")
  func blockedCalls() throws(IOError) {
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    let pipe = try kernel.openPipe()
    let between: [() -> Void] = [
      { #expect(queue.wait(1_000) == []) },
      { #expect(queue.told() == []) },
      { simulation.advance(by: .zero) },
      { #expect(kernel.write(pipe.second, 1) == .moved(1)) },
    ]
    for body in between {
      for _ in 0..<3 {
        #expect((0..<998).allSatisfy { _ in kernel.read(pipe.first, 1) == .failed(.wouldBlock) })
        body()
        _ = kernel.read(pipe.first, 1)
      }
      simulation.advance(by: .zero)
    }
    // With a cost, time passes, and something is to occur.
    simulation.callCost = .microseconds(1)
    simulation.schedule(after: .milliseconds(10)) { kernel.write(pipe.second, 1) }
    var calls = 0
    while kernel.read(pipe.first, 1) == .failed(.wouldBlock) { calls += 1 }
    #expect(calls > 5_000)
  }
}

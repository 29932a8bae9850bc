import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// T2: news of a pipe that was closed in the meantime ends no wait, and makes none longer.
@Suite("Kqueue: stale news and timeouts")
struct StaleNewsTests {
  /// Registers the writer of a broken pipe after a time, during a wait, and closes it at once.
  private func scheduleStaleNews(_ program: borrowing StaleProgram, after milliseconds: Int...) {
    let (base, selector) = (program.base, program.selector)
    for delay in milliseconds {
      program.simulation.schedule(after: .milliseconds(delay)) {
        do throws(IOError) {
          try selector.announceStale(on: base)
        } catch {
          Issue.record(error)
        }
      }
    }
  }

  @Test("T2 A wait ends by its first deadline, however much stale news comes", arguments: [true, false])
  func deadline(_ isKnown: Bool) throws(IOError) {
    var program = try StaleProgram()
    if isKnown { try program.selector.announceStale(on: program.base) }
    scheduleStaleNews(program, after: 90, 180, 270)
    let events = try program.wait(.milliseconds(100))
    guard isKnown else {
      // The news came during a wait that had begun without any, and so did the close.
      #expect(events.isEmpty || events.map(\.isWriteClosed) == [true])
      #expect(program.simulation.now == (events.isEmpty ? .milliseconds(100) : .milliseconds(90)))
      return
    }
    #expect(events.isEmpty)
    #expect(program.simulation.now == .milliseconds(100))
    #expect(program.kernel.clockReads > 0)
  }

  @Test("T2 A wait without a timeout goes on behind stale news, until something happens")
  func forever() throws(IOError) {
    var program = try StaleProgram()
    scheduleStaleNews(program, after: 90, 180, 270)
    let waker = try program.poll.registry.makeWaker(token: 7)
    program.simulation.schedule(after: .milliseconds(300)) {
      do throws(IOError) { try waker.wake() } catch { Issue.record(error) }
    }
    #expect(try program.wait(nil).map(\.token) == [7])
    #expect(program.simulation.now == .milliseconds(300))
    #expect(program.kernel.clockReads == 0)
  }

  @Test("T2 An event behind stale news is found, also with no time left", arguments: [0, 5])
  func behind(_ milliseconds: Int) throws(IOError) {
    var program = try StaleProgram(capacity: 1)
    for _ in 0..<3 { try program.selector.announceStale(on: program.base) }
    let waker = try program.poll.registry.makeWaker(token: 7)
    try waker.wake()
    #expect(try program.wait(.milliseconds(milliseconds)).map(\.token) == [7])
    #expect(program.simulation.now < .milliseconds(1))
    withExtendedLifetime(waker) {}
  }

  @Test("T2 A spinning poll keeps to one deadline beside stale news, too")
  func spinning() throws(IOError) {
    var program = try StaleProgram()
    try program.selector.announceStale(on: program.base)
    scheduleStaleNews(program, after: 5, 9)
    try program.selector.announceStale(on: program.base)
    try program.poll.wait(into: &program.events, timeout: .milliseconds(10), spinning: .microseconds(50))
    #expect(Array(program.events).allSatisfy { $0.isWriteClosed })
    #expect(program.simulation.now == (program.events.isEmpty ? .milliseconds(10) : .milliseconds(5)))
  }

  @Test("A poll without news reads no clock, whatever its timeout")
  func noClock() throws(IOError) {
    var program = try StaleProgram()
    for timeout: Duration in [.zero, .milliseconds(1), .seconds(Int64(1) << 40), .seconds(Int64.max)] {
      program.simulation.schedule(after: .milliseconds(1)) {}
      let waker = try program.poll.registry.makeWaker(token: 7)
      try waker.wake()
      #expect(try program.wait(timeout).map(\.token) == [7])
      withExtendedLifetime(waker) {}
    }
    #expect(program.kernel.clockReads == 0)
  }

  @Test(
    "T2 The longest timeouts are kept beside stale news",
    arguments: [Duration.seconds(Int64.max), .seconds(Int64(1) << 33)])
  func longest(_ timeout: Duration) throws(IOError) {
    var program = try StaleProgram()
    try program.selector.announceStale(on: program.base)
    let waker = try program.poll.registry.makeWaker(token: 7)
    program.simulation.schedule(after: .seconds(3_600)) {
      do throws(IOError) { try waker.wake() } catch { Issue.record(error) }
    }
    #expect(try program.wait(timeout).map(\.token) == [7])
    #expect(program.simulation.now == .seconds(3_600))
  }
}

/// A poll on a machine that refuses to watch broken pipes as FreeBSD does, and that counts the looks at its clock.
private struct StaleProgram: ~Copyable {
  let simulation: Simulation
  let base: SimulatedKernel
  let kernel: AlteredKernel
  var poll: Poll<KqueueSelector<AlteredKernel>>
  var events: Events<KqueueSelector<AlteredKernel>>

  init(capacity: Int = 16) throws(IOError) {
    simulation = Simulation(seed: 1, profile: .freeBSD)
    base = simulation.machine("machine").kernel
    kernel = AlteredKernel(base)
    poll = try Poll(on: kernel)
    events = Events(capacity: capacity)
  }

  var selector: KqueueSelector<AlteredKernel> { poll.registry.selector }

  mutating func wait(_ timeout: Duration?) throws(IOError) -> [KqueueEvent] {
    try poll.wait(into: &events, timeout: timeout)
    return Array(events)
  }
}

extension KqueueSelector<AlteredKernel> {
  /// Registers the writer of a pipe without a reader, which the selector announces, and closes it.
  fileprivate func announceStale(on base: SimulatedKernel) throws(IOError) {
    let pipe = try base.openPipe()
    try base.close(pipe.first)
    var registration = SelectorNumber()
    try register(pipe.second, &registration, token: 1, interests: .writable)
    try base.close(pipe.second)
    // Another pipe takes the numbers, or the next one that is announced would take this one's news back.
    _ = try base.openPipe()
  }
}

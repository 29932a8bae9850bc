import ExampleSupport
import MetalIO
import ProbeSupport

/// A poll that waits while more sources are registered than a selector's table has room for at first.
///
/// A table of poll(2) has room for 64. It grows when they are registered, on the thread that does so; this one takes
/// the larger list over, and must not allocate for it.
struct GrowthBench: ~Copyable {
  var poll: Poll
  var events: Events
  private let registrar = Registrar()
  private let thread: RunningThread

  init() throws(IOError) {
    let poll = try Poll()
    let registrar = registrar
    thread = RunningThread {
      do throws(IOError) {
        try registrar.run()
      } catch {
        fail("allocation-probe: the second thread failed: \(error)")
      }
    }
    self.poll = poll
    events = Events(capacity: Registrar.size)
  }

  /// Makes a new poll, which the crowd begins to enter; the former one goes, and its registrations with it.
  mutating func renew() throws(IOError) {
    poll = try Poll()
    registrar.enter(poll.registry)
  }

  /// Polls until each source was told.
  mutating func tellAll() throws(IOError) {
    var told = 0
    while told < Registrar.size {
      try poll.wait(into: &events, timeout: .seconds(5))
      require(!events.isEmpty)
      told += events.count
    }
  }

  consuming func end() {
    registrar.end()
    thread.join()
  }
}

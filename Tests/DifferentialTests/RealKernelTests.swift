import MetalCore
import MetalEpoll
import MetalKqueueSim
import MetalPoll
import Testing

/// A poll of the real kernel in simulated code would wait in real time, for what is not simulated.
@Suite("A real poll on a simulated machine stops the process")
struct RealKernelTests {
  private static let sentence =
    "The simulated machine \"a\" runs code that makes a poll of the real kernel. Import MetalSimulation there instead "
    + "of MetalIO, or make the code generic over the selector."

  @Test("On epoll")
  func epoll() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Simulation().machine("a").run { _ = try EpollSelector.Poll() }
    }
    Self.expect(result)
  }

  @Test("On poll(2), in an asynchronous program")
  func posixPoll() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try await Simulation().machine("a").run {
        await Task.yield()
        _ = try PosixPollSelector.Poll()
      }
    }
    Self.expect(result)
  }

  @Test("An action that no machine runs may make one, also while a machine waits")
  func unbound() throws {
    let simulation = Simulation()
    let made = simulation.schedule(after: .zero) { () throws(IOError) in _ = try EpollSelector.Poll() }
    simulation.machine("a").run { simulation.advance(by: .zero) }
    try made.get()
    #expect(made.hasRun)
  }

  private static func expect(_ result: ExitTest.Result?) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(sentence), "the process said: \(text)")
  }
}

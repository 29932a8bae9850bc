import CSystem
import MetalCore
import MetalSystem
import Synchronization
import Testing

@Suite("POLL: signals and descriptors", .backend)
struct PollSystemTests {
  @Test("POLL-09 A signal ends a wait without a timeout, and the poll goes on working")
  func interruptedWithoutTimeout() async {
    await #expect(processExitsWith: .success) {
      try interrupt(nil, restarting: false)
    }
  }

  @Test("POLL-09 A signal ends a wait for whole milliseconds")
  func interruptedWholeMilliseconds() async {
    await #expect(processExitsWith: .success) {
      try interrupt(.seconds(20), restarting: false)
    }
  }

  @Test("POLL-09 A signal ends a wait for fractions of a millisecond")
  func interruptedFraction() async {
    await #expect(processExitsWith: .success) {
      try interrupt(.seconds(20) + .nanoseconds(1), restarting: false)
    }
  }

  @Test("POLL-09 A signal ends a wait even if its handler asks for interrupted calls to be restarted")
  func interruptedRestarting() async {
    await #expect(processExitsWith: .success) {
      try interrupt(.seconds(20), restarting: true)
    }
  }

  @Test("POLL-09 A signal ends the sleep that follows a spin")
  func interruptedAfterSpin() async {
    await #expect(processExitsWith: .success) {
      try interrupt(nil, restarting: false, spinning: .milliseconds(1))
      try interrupt(.seconds(20), restarting: true, spinning: .milliseconds(1))
    }
  }

  @Test("POLL-10 Two thousand polls in a row leave no descriptor behind")
  func manyPolls() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      for _ in 0..<2_000 {
        var loop = try Loop(capacity: 1)
        let batch = try loop.wait(.zero)
        #expect(batch.isEmpty)
      }
      expectOpen(before)
    }
  }

  @Test("POLL-11 What a poll, a waker, a listener and streams open is close-on-exec; sockets do not block")
  func closeOnExec() async {
    await #expect(processExitsWith: .success) {
      let atFirst = try separateDescriptors()
      let poll = try Poll()
      let waker = try poll.registry.makeWaker(token: 1)
      let forWaiting = Set(openDescriptors().keys).subtracting(atFirst.keys)
      let listener = try TCPListener(bindingTo: anyPort)
      let client = try TCPStream(connectingTo: try listener.localAddress)
      let server = try listener.acceptWhenReady()
      let sockets = Set(openDescriptors().keys).subtracting(atFirst.keys).subtracting(forWaiting)
      #expect(sockets == [listener.rawDescriptor, client.rawDescriptor, server.stream.rawDescriptor])
      for descriptor in forWaiting.union(sockets) {
        #expect(DescriptorFlags(of: descriptor).isCloseOnExec, "descriptor \(descriptor)")
      }
      for descriptor in sockets {
        #expect(DescriptorFlags(of: descriptor).isNonBlocking, "descriptor \(descriptor)")
      }
      try waker.wake()
    }
  }
}

/// Interrupts a wait by a signal to the waiting thread, and expects that the wait says so and the next one works.
private func interrupt(_ timeout: Duration?, restarting: Bool, spinning: Duration = .zero) throws(IOError) {
  try checked(system_set_empty_handler(SIGUSR1, restarting))
  // The threads of a thread pool may have all signals blocked.
  system_unblock_signal(SIGUSR1)
  // A wait that nothing ends is ended with the process.
  alarm(30)

  var loop = try Loop()
  let waker = try loop.registry.makeWaker(token: 9)
  try waker.wake()
  let before = try loop.wait(.seconds(10))
  #expect(before.map(\.token) == [9])
  // The wait that fails gives the container another buffer, since this one is shared.
  let copy = loop.events
  let waiting = system_thread()
  let time = try elapsed { () throws(IOError) in
    let hasEnded = Shared(Atomic(false))
    try meanwhile(after: .milliseconds(50)) {
      // Again and again, since a signal that comes before the wait is lost. One that comes after it interrupts no later
      // wait: `meanwhile` joins this thread before it returns.
      while !hasEnded.value.load(ordering: .acquiring) {
        _ = system_signal_thread(waiting, SIGUSR1)
        system_sleep(10_000_000)
      }
    } _: {
      expectError(.interrupted) { () throws(IOError) in
        try loop.poll.wait(into: &loop.events, timeout: timeout, spinning: spinning)
      }
      hasEnded.value.store(true, ordering: .releasing)
      #expect(loop.events.isEmpty)
    }
  }
  #expect(copy.map(\.token) == [9])
  #expect(time >= .milliseconds(50))
  #expect(time < .seconds(10))
  try loop.expectQuiet()
  try waker.wake()
  let batch = try loop.wait(.seconds(10))
  #expect(batch.map(\.token) == [9])
}

import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("EpollSelector", .backend)
struct EpollSelectorTests {
  @Test("POLL-09 What the wait says of a descriptor that is no epoll any more is thrown as it is")
  func brokenWait() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      let waker = try loop.registry.makeWaker(token: 1)
      try waker.wake()
      _ = try loop.wait()
      #expect(loop.events.count == 1)
      dup2(STDIN_FILENO, loop.poll.rawDescriptor)
      for timeout in [nil, .zero, .milliseconds(5), .microseconds(5)] as [Duration?] {
        expectError(.invalidInput) { () throws(IOError) in try loop.wait(timeout) }
        #expect(loop.events.isEmpty)
      }
    }
  }

  @Test("A waker that cannot be registered leaves no descriptor behind")
  func failedWaker() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let poll = try Poll()
      // Something else in the place of the epoll descriptor refuses the registration.
      dup2(STDIN_FILENO, poll.rawDescriptor)
      for _ in 0..<100 {
        expectNoLeak(.invalidInput) { () throws(IOError) in try poll.registry.makeWaker(token: 1) }
      }
    }
  }

  @Test("POLL-11 The selector's descriptor is positive and close-on-exec")
  func descriptor() throws(IOError) {
    let poll = try Poll()
    let descriptor = poll.rawDescriptor
    #expect(descriptor > 0)
    #expect(DescriptorFlags(of: descriptor).own == FD_CLOEXEC)
  }

  @Test("WAKE-08 A wake on a full counter neither blocks nor is lost")
  func fullCounter() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 3)
    for isDelivered in [true, false, true, false] {
      // What is in the counter already leaves room for less than the most it can hold: fill it by halves.
      var amount = UInt64.max - 1
      while amount > 0 {
        if system_add(waker.handle.descriptor, amount) < 0 { amount /= 2 }
      }
      if isDelivered {
        // The event of the filling is out of the way: what comes next is the wake's own.
        #expect(try loop.gatherUntilQuiet().map(\.token) == [3])
      }
      try waker.wake()
      #expect(try loop.gatherUntilQuiet().map(\.token) == [3])
      try waker.wake()
      try waker.wake()
      #expect(try loop.gatherUntilQuiet().map(\.token) == [3])
    }
  }

  @Test("WAKE-04 Dropping a waker ends it, even while a child has a copy of its descriptor")
  func duplicatedWaker() throws(IOError) {
    var loop = try Loop()
    let copy = OwnedDescriptor(adopting: try wakeAndDrop(loop.registry))
    try loop.expectQuiet()
    // What the copy adds is the child's own affair.
    try add(1, to: copy.rawDescriptor)
    try loop.expectQuiet()
  }

  /// Makes a waker, wakes, drops it, and returns a copy of the descriptor that it had.
  private func wakeAndDrop(_ registry: Registry) throws(IOError) -> Int32 {
    let waker = try registry.makeWaker(token: 4)
    let copy = dup(waker.handle.descriptor)
    try waker.wake()
    return copy
  }

  @Test("WAKE-04 A bit that a waker left with a wake pending is clear for the waker that gets it next")
  func reusedBit() throws(IOError) {
    var loop = try Loop()
    // All bits are taken, so that each new waker gets the one that was just given back.
    var wakers: [Waker] = []
    for index in UInt(0)..<64 {
      wakers.append(try loop.registry.makeWaker(token: Token(rawValue: index)))
    }
    for index in [0, 1, 31, 62, 63] {
      let other = wakers[(index + 7) % 64]
      try other.wake()
      try wakers[index].wake()
      let last = wakers.remove(at: index)
      wakers.insert(other, at: index)
      _ = consume last
      wakers[index] = try loop.registry.makeWaker(token: Token(rawValue: UInt(100 + index)))
      try wakers[index].wake()
      let tokens = try loop.gatherUntilQuiet().map(\.token)
      #expect(
        tokens.sorted() == [Token(rawValue: UInt((index + 7) % 64)), Token(rawValue: UInt(100 + index))].sorted())
    }
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }
}

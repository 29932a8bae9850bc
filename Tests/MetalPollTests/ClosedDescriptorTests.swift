import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

/// Each test runs in a process of its own, since numbers of descriptors are the process's, and uses numbers that are
/// not the lowest, since the runtime opens descriptors as well.
@Suite("PosixPollSelector: descriptors that are closed behind its back", .backend)
struct ClosedDescriptorTests {
  @Test("A descriptor that somebody has closed is dropped by the next poll, which sleeps all the same")
  func dropped() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      var ready = try ReadySource(numberedFrom: 500, token: 1, with: loop.registry)
      let number = ready.stream.rawDescriptor
      close(number)
      try loop.expectIdle()
      ready.expectRegistered(false)
      expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&ready.stream) }
      expectError(.badDescriptor) { () throws(IOError) in
        try loop.registry.register(&ready.stream, token: 2, interests: .readable)
      }
      // The number may be registered anew, by the same source and by another.
      #expect(dup2(ready.peer.rawDescriptor, number) == number)
      try loop.registry.register(&ready.stream, token: 3, interests: .writable)
      #expect(try loop.wait(.zero).map(\.token) == [3])
      try loop.registry.deregister(&ready.stream)
      var source = BorrowedDescriptor(number)
      try loop.registry.register(&source, token: 4, interests: .writable)
      #expect(try loop.wait(.zero).map(\.token) == [4])
    }
  }

  @Test("It is dropped also if nothing is asked of it any more, but not if it had hung up")
  func disarmedOrMuted() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      let disarmed = try ReadySource(numberedFrom: 500, token: 1, with: loop.registry)
      let muted = try ReadySource(numberedFrom: 600, token: 2, with: loop.registry)
      try muted.peer.shutdown(.both)
      let batch = try loop.wait(.zero)
      #expect(Set(batch.map(\.token)) == [1, 2])
      try loop.expectIdle()
      close(disarmed.stream.rawDescriptor)
      close(muted.stream.rawDescriptor)
      try loop.expectIdle()
      disarmed.expectRegistered(false)
      // poll(2) passes over it, until an operation that fails has it looked at again.
      muted.expectRegistered(true)
      expectError(.badDescriptor) { () throws(IOError) in try muted.stream.readOnce() }
      try loop.expectIdle()
      muted.expectRegistered(false)
      for number in [disarmed.stream.rawDescriptor, muted.stream.rawDescriptor] {
        #expect(dup2(disarmed.peer.rawDescriptor, number) == number)
      }
    }
  }

  @Test("If its number is another file's before a poll has looked, the registration is for that file from then on")
  func reused() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      var ready = try ReadySource(numberedFrom: 500, token: 1, with: loop.registry)
      let number = ready.stream.rawDescriptor
      let pair = try UnixStream.pair()
      #expect(dup2(pair.first.rawDescriptor, number) == number)
      var other = BorrowedDescriptor(number)
      expectError(.alreadyExists) { () throws(IOError) in
        try loop.registry.register(&other, token: 2, interests: .readable)
      }
      try loop.expectIdle()
      try pair.second.writeFully([1])
      #expect(try loop.wait(.zero).map(\.token) == [1])
      try loop.registry.deregister(&ready.stream)
      try loop.registry.register(&other, token: 2, interests: .readable)
      #expect(try loop.wait(.zero).map(\.token) == [2])
      try loop.registry.deregister(&other)
    }
  }

  @Test("Several are dropped by one poll, and what is ready beside them is told")
  func several() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop(capacity: 2)
      let first = try ReadySource(numberedFrom: 500, token: 1, with: loop.registry)
      let second = try ReadySource(token: 2, with: loop.registry)
      let third = try ReadySource(numberedFrom: 500, token: 3, with: loop.registry)
      let fourth = try ReadySource(numberedFrom: 500, token: 4, with: loop.registry)
      let numbers = [first.stream.rawDescriptor, third.stream.rawDescriptor, fourth.stream.rawDescriptor]
      for number in numbers { close(number) }
      #expect(try loop.gather(polls: 2, timeout: .milliseconds(10)).map(\.token) == [2])
      try loop.expectIdle()
      second.expectRegistered(true)
      for number in numbers { #expect(dup2(second.peer.rawDescriptor, number) == number) }
    }
  }

  @Test("POLL-02 What takes the place of one that is dropped is told by the same poll, though it does not wait")
  func readyBesideClosed() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      let closed = try ReadySource(numberedFrom: 500, token: 1, with: loop.registry)
      let last = try ReadySource(token: 2, with: loop.registry)
      let number = closed.stream.rawDescriptor
      close(number)
      #expect(try loop.wait(.zero).map(\.token) == [2])
      closed.expectRegistered(false)
      last.expectRegistered(true)
      try loop.expectIdle()
      #expect(dup2(last.peer.rawDescriptor, number) == number)
    }
  }

  @Test("FD-12 Registering anew a source whose descriptor was closed is refused, and ends it")
  func reregistered() async {
    await #expect(processExitsWith: .success) {
      let loop = try Loop()
      var ready = try ReadySource(numberedFrom: 500, token: 1, with: loop.registry)
      let number = ready.stream.rawDescriptor
      close(number)
      expectError(.badDescriptor) { () throws(IOError) in
        try loop.registry.reregister(&ready.stream, token: 2, interests: .readable)
      }
      // Before any poll has looked.
      ready.expectRegistered(false)
      #expect(dup2(ready.peer.rawDescriptor, number) == number)
      try loop.registry.register(&ready.stream, token: 2, interests: .readable)
      try loop.registry.deregister(&ready.stream)
      expectError(.notFound) { () throws(IOError) in
        try loop.registry.reregister(&ready.stream, token: 2, interests: .readable)
      }
    }
  }

  @Test("POLL-09 A poll whose own pipe somebody has closed says so, and goes on when it is back")
  func ownPipe() async {
    await #expect(processExitsWith: .success) {
      // Nobody else opens what has its number while smaller ones are free.
      let fillers = (0..<100).map { _ in dup(STDIN_FILENO) }
      var loop = try Loop()
      for filler in fillers { close(filler) }
      let number = loop.registry.selector.notifier.descriptor
      let copy = system_duplicate(number, 500)
      let waker = try loop.registry.makeWaker(token: 1)
      close(number)
      for timeout in [nil, .zero, .milliseconds(5), .microseconds(5)] as [Duration?] {
        expectError(.badDescriptor) { () throws(IOError) in try loop.wait(timeout) }
        #expect(loop.events.isEmpty)
      }
      #expect(dup2(copy, number) == number)
      try waker.wake()
      #expect(try loop.wait().map(\.token) == [1])
    }
  }

  @Test("A wake says so if somebody has closed the reading end of the poll's pipe, and no signal is raised")
  func ownReader() async {
    await #expect(processExitsWith: .success) {
      let loop = try Loop()
      let waker = try loop.registry.makeWaker(token: 1)
      let number = loop.registry.selector.notifier.descriptor
      // Safety: the path lives through the call.
      let null = try checked(unsafe system_open("/dev/null", O_RDWR))
      // The number is another file's at once, so that nobody else gets it.
      #expect(dup2(null, number) == number)
      expectError(.brokenPipe) { () throws(IOError) in try waker.wake() }
    }
  }
}

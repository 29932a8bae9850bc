import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: timeouts, descriptors, and queues in queues")
struct CallTests {
  @Test("C12 A timeout that expires returns 0, zero asks once", arguments: KernelProfile.all)
  func timeouts(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    #expect(queue.kevent([], room: 1, timeout: 5_000).result == IOResult(rawValue: 0))
    #expect(kernel.simulation.now == .nanoseconds(5_000))
    queue.change(.user(1, .add), .user(1, [], UserEventFlags.trigger))
    #expect(queue.kevent([], room: 1, timeout: 0).result == IOResult(rawValue: 1))
    #expect(queue.kevent([], room: 1, timeout: 5_000).result == IOResult(rawValue: 1))
    #expect(queue.kevent([], room: 1, timeout: nil).result == IOResult(rawValue: 1))
    #expect(kernel.simulation.now == .nanoseconds(5_000))
  }

  @Test(
    "C12 A malformed timeout is refused before the changes on macOS, after them on FreeBSD and NetBSD",
    arguments: KernelProfile.all)
  func malformedTimeout(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    #expect(queue.kevent([.user(1, .add)], room: 1, timeout: -1).error == .invalidInput)
    #expect(queue.receipts(.user(1, .delete)) == [profile == .macOS ? .notFound : nil])
  }

  @Test("C14 A descriptor that is closed, or is no queue, is a bad descriptor", arguments: KernelProfile.all)
  func noQueue(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let pipe = try kernel.openPipe()
    for descriptor in [-1, 99, pipe.first] {
      let answer = kernel.kevent(descriptor, [.user(1, .add)], room: 1, timeout: 0)
      #expect(answer.error == .badDescriptor)
    }
    #expect(kernel.simulation.now == .zero)
  }

  @Test("C14 A filter out of range is refused; FreeBSD skips 0", arguments: KernelProfile.all)
  func unknownFilter(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    for number: KernelEvent.RawFilter in [-100, 1, 0] {
      let filter = KernelEvent.Filter(rawValue: number)
      let change = KernelEvent(ident: 3, filter: filter, flags: [.add, .receipt])
      let answers = queue.kevent([change, .user(1, [.add, .receipt])], room: 2).entries
      let isSkipped = number == 0 && profile == .freeBSD
      #expect(answers.map(\.refusal) == (isSkipped ? [nil] : [.invalidInput, nil]))
    }
  }

  @Test("C15 Closing a queue ends a wait on it, but on FreeBSD", arguments: KernelProfile.all)
  func closedWhileWaiting(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let descriptor = queue.descriptor
    kernel.simulation.schedule(after: .milliseconds(2)) {
      recordingErrors { () throws(IOError) in try kernel.close(descriptor) }
    }
    let answer = queue.kevent([], room: 1, timeout: 5_000_000)
    #expect(answer.error == (profile == .freeBSD ? nil : .badDescriptor))
    #expect(kernel.simulation.now == .milliseconds(profile == .freeBSD ? 5 : 2))
  }

  @Test("C15 A queue with another descriptor goes on", arguments: KernelProfile.all)
  func duplicateQueue(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let other = try kernel.duplicate(queue.descriptor)
    queue.change(.user(1, [.add, .clear], token: 4))
    try kernel.close(queue.descriptor)
    #expect(kernel.kevent(other, [.user(1, [], UserEventFlags.trigger, token: 5)], room: 2).entries.map(\.token) == [5])
    #expect(queue.kevent([], room: 1).error == .badDescriptor)
  }

  @Test("C16 A queue is readable, with the number of its pending events", arguments: KernelProfile.all)
  func nested(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let outer = try Queue(on: kernel)
    let inner = try Queue(on: kernel)
    outer.change(.read(inner.descriptor, [.add, .clear], token: 7))
    #expect(outer.told() == [])
    inner.change(.user(1, [.add, .clear]), .user(2, [.add, .clear]))
    #expect(outer.told() == [])
    inner.change(.user(1, [], UserEventFlags.trigger))
    #expect(outer.told() == [.read(7, 1)])
    #expect(outer.told() == [])
    inner.change(.user(2, [], UserEventFlags.trigger))
    #expect(outer.told() == [.read(7, 2)])
    // Collecting takes the events away, and what was to be said of them.
    inner.change(.user(1, [], UserEventFlags.trigger), .user(2, [], UserEventFlags.trigger))
    #expect(inner.collect().count == 2)
    #expect(outer.told() == [])
  }

  @Test("C16 A level in the inner queue is one in the outer, too", arguments: KernelProfile.all)
  func nestedLevels(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let outer = try Queue(on: kernel)
    let inner = try Queue(on: kernel)
    let pipe = try kernel.openPipe()
    outer.change(.read(inner.descriptor, .add, token: 7))
    inner.change(.read(pipe.first, .add, token: 1))
    kernel.write(pipe.second, 1)
    for _ in 0..<2 {
      #expect(outer.told() == [.read(7, 1)])
      #expect(inner.told() == [.read(1, 1)])
    }
    kernel.read(pipe.first)
    #expect(inner.told() == [])
    #expect(outer.told() == [])
  }

  @Test("C16 An outer edge is not renewed by collecting a level of the inner queue", arguments: KernelProfile.all)
  func nestedEdge(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let outer = try Queue(on: kernel)
    let inner = try Queue(on: kernel)
    outer.change(.read(inner.descriptor, [.add, .clear], token: 7))
    inner.change(.user(1, .add), .user(1, [], UserEventFlags.trigger))
    #expect(outer.told() == [.read(7, 1)])
    #expect(inner.collect().count == 1)
    #expect(outer.told() == [])
  }

  @Test("C16 A queue is not watched for writing, nor by itself but on NetBSD", arguments: KernelProfile.all)
  func nestedRefusals(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let outer = try Queue(on: kernel)
    let inner = try Queue(on: kernel)
    #expect(
      outer.receipts(.write(inner.descriptor, .add), .read(outer.descriptor, .add)) == [
        .invalidInput, profile == .netBSD ? nil : .invalidInput,
      ])
  }

  @Test("C16 On NetBSD a queue that watches itself reports its other events")
  func watchesItself() throws(IOError) {
    let queue = try Queue(on: KernelProfile.netBSD.machine())
    queue.change(.read(queue.descriptor, [.add, .clear], token: 7), .user(1, [.add, .clear]))
    #expect(queue.told() == [])
    queue.change(.user(1, .add, UserEventFlags.trigger, token: 5))
    #expect(Set(queue.told().map(\.token)).isSuperset(of: [5]))
    #expect(queue.told() == [])
  }

  @Test("C16 Queues that watch each other do not go round for ever", arguments: [KernelProfile.macOS, .freeBSD])
  func cycle(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let first = try Queue(on: kernel)
    let second = try Queue(on: kernel)
    first.change(.read(second.descriptor, [.add, .clear], token: 2))
    second.change(.read(first.descriptor, [.add, .clear], token: 1))
    first.change(.user(9, [.add, .clear], token: 9), .user(9, [], UserEventFlags.trigger, token: 9))
    #expect(Set(first.told().map(\.token)) == [2, 9])
    #expect(first.told() == [])
  }
}

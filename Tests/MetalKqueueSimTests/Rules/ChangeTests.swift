import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: the record and the call")
struct ChangeTests {
  @Test("C1 A change comes back in its receipt, but for flags and data", arguments: KernelProfile.all)
  func record(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    let change = KernelEvent.user(77, [.add, .clear, .receipt], 0x12, token: 99, data: 5)
    let receipt = try required(queue.kevent([change], room: 1).entries.first)
    #expect(receipt.ident == 77)
    #expect(receipt.filter == .user)
    #expect(receipt.filterFlags == (profile == .macOS ? 0x12 : 0))
    #expect(receipt.token == 99)
    #expect(receipt.data == 0)
  }

  @Test("C2 The filters have the systems' numbers")
  func filters() {
    #expect(KernelEvent.Filter.read.rawValue == -1)
    #expect(KernelEvent.Filter.write.rawValue == -2)
    #expect([-10, -11].contains(KernelEvent.Filter.user.rawValue))
  }

  @Test("C3 The flags have the systems' numbers")
  func flags() {
    let flags: [KernelEvent.Flags] = [
      .add, .delete, .enable, .disable, .oneShot, .clear, .receipt, .dispatch, .error, .endOfFile,
    ]
    #expect(flags.map(\.rawValue) == [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x4000, 0x8000])
  }

  @Test("C3 The system's own flags are dropped from a change", arguments: KernelProfile.all)
  func systemFlags(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let own = KernelEvent.Flags(rawValue: 0xF000)
    let answers = queue.kevent([.read(pipe.first, own.union([.add, .receipt]))], room: 1).entries
    let plain: KernelEvent.Flags = profile.queues.answersKeepFlags ? [.add, .receipt, .error] : .error
    #expect(answers.map(\.flags) == [plain])
    kernel.write(pipe.second, 3)
    let event = try required(queue.collect().first)
    #expect(event.flags.isDisjoint(with: own))
  }

  @Test("C4 The flags of a user event and of a low-water mark have the systems' numbers")
  func filterFlags() {
    #expect(KernelEvent.lowWaterMark == 1)
    #expect(UserEventFlags.trigger == 0x0100_0000)
    #expect(UserEventFlags.ignore == 0)
    #expect(UserEventFlags.and == 0x4000_0000)
    #expect(UserEventFlags.or == 0x8000_0000)
    #expect(UserEventFlags.copy == 0xC000_0000)
    #expect(UserEventFlags.controlMask == 0xC000_0000)
    #expect(UserEventFlags.bitsMask == 0x00FF_FFFF)
  }

  @Test("C5 All changes are made in order before events are looked for", arguments: KernelProfile.all)
  func order(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    kernel.write(pipe.second, 3)
    // The first change makes an event, which the second one takes back and the third makes again.
    let answer = queue.kevent(
      [
        .read(pipe.first, [.add, .clear], token: 1), .read(pipe.first, .delete),
        .read(pipe.first, [.add, .clear], token: 2), .write(pipe.second, [.add, .clear], token: 3),
      ], room: 4)
    #expect(answer.entries.map(Told.init) == [.read(2, 3), .write(3, profile.pipes.buffer - 3)])
  }

  @Test("C6 The receipt of a change that finds a registration is a copy of it", arguments: KernelProfile.all)
  func secondReceipt(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(77, .add))
    let answer = queue.kevent([.user(77, [.add, .receipt], 0x12, token: 99, data: 5)], room: 1)
    #expect(answer.entries.map(\.filterFlags) == [0x12])
    #expect(answer.entries.map(\.data) == [0])
  }

  @Test("C6 A change that fails is answered, and the next one is tried", arguments: KernelProfile.all)
  func failedChange(_ profile: KernelProfile) throws(IOError) {
    let (_, queue, pipe) = try profile.pipedMachine()
    let answer = queue.kevent(
      [
        .read(pipe.first, .delete, token: 8), .read(pipe.first, [.add, .clear]), .user(1, .add),
        .read(99, [.add, .clear], token: 9),
      ], room: 4)
    #expect(answer.result == IOResult(rawValue: 2))
    #expect(answer.entries.map(\.token) == [8, 9])
    #expect(answer.entries.map(\.refusal) == [.notFound, .badDescriptor])
    #expect(answer.entries.allSatisfy { $0.flags.contains(.error) })
    // What was between them was made.
    #expect(queue.receipts(.read(pipe.first, .delete), .user(1, .delete)) == [nil, nil])
  }

  @Test("C7 An answer has the error flag, on macOS beside the flags that were submitted", arguments: KernelProfile.all)
  func answerFlags(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    let answer = queue.kevent([.user(1, [.add, .clear, .receipt]), .user(2, .delete)], room: 2)
    let isMacOS = profile == .macOS
    #expect(
      answer.entries.map(\.flags)
        == (isMacOS ? [[.add, .clear, .receipt, .error], [.delete, .error]] : [.error, .error]))
  }

  @Test("C8 A change that fails without room ends the call", arguments: KernelProfile.all)
  func noRoomForFailure(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    let answer = queue.kevent([.user(1, .add), .user(2, .delete), .user(3, .add)], room: 0)
    #expect(answer.error == .notFound)
    #expect(answer.entries.isEmpty)
    #expect(queue.receipts(.user(1, .delete), .user(3, .delete)) == [nil, .notFound])
  }

  @Test("C8 A call that fails hands out no answers from before", arguments: KernelProfile.all)
  func failureAfterAnswers(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    let answer = queue.kevent([.user(1, .delete), .user(2, .delete), .user(3, .add)], room: 1)
    #expect(answer.error == .notFound)
    #expect(answer.entries.isEmpty)
    #expect(queue.receipts(.user(3, .delete)) == [.notFound])
  }

  @Test("C9 A receipt without room ends the call on FreeBSD and NetBSD, not on macOS", arguments: KernelProfile.all)
  func noRoomForReceipt(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    let changes: [KernelEvent] = [1, 2, 3].map { .user($0, [.add, .receipt]) }
    let answer = queue.kevent(changes, room: 1)
    if profile == .macOS {
      #expect(answer.result == IOResult(rawValue: 1))
      #expect(answer.entries.map(\.ident) == [1])
      #expect(queue.receipts(.user(2, .delete), .user(3, .delete)) == [nil, nil])
    } else {
      // The result is 0, whatever was answered before; the second change was made, the third was not.
      #expect(answer.result == IOResult(rawValue: 0))
      #expect(answer.entries.isEmpty)
      #expect(queue.receipts(.user(2, .delete), .user(3, .delete)) == [nil, .notFound])
    }
  }

  @Test("C10 A call with an answer takes no events away", arguments: KernelProfile.all)
  func receiptAndEvent(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    kernel.write(pipe.second, 2)
    let answer = queue.kevent([.user(5, [.add, .receipt])], room: 8, timeout: nil)
    #expect(answer.entries.map(\.ident) == [5])
    #expect(queue.told() == [.read(1, 2)])
  }

  @Test("C11 Without room for events nothing is waited for", arguments: KernelProfile.all)
  func noRoom(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let answer = queue.kevent([.user(1, .add)], room: 0, timeout: nil)
    #expect(answer.result == IOResult(rawValue: 0))
    #expect(queue.kevent([], room: 0, timeout: 1_000_000_000).result == IOResult(rawValue: 0))
    #expect(kernel.simulation.now == .zero)
    #expect(queue.receipts(.user(1, .delete)) == [nil])
  }
}

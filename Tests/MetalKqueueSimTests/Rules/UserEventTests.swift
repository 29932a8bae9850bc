import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: user events, and the filters that there are not")
struct UserEventTests {
  private static let trigger = UserEventFlags.trigger

  @Test("U1 The number is any, and each queue has its own", arguments: KernelProfile.all)
  func names(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let first = try Queue(on: kernel)
    let second = try Queue(on: kernel)
    for number in [0, 3, UInt(Int32.max) + 1, .max] {
      first.change(.user(number, [.add, .clear]), .user(number, [], Self.trigger, token: number))
      #expect(second.receipts(.user(number, [], Self.trigger)) == [.notFound])
    }
    #expect(first.told().map(\.token) == [0, 3, UInt(Int32.max) + 1, .max])
    #expect(second.told() == [])
  }

  @Test("U1 Without the clear flag a triggered event is a level", arguments: KernelProfile.all)
  func level(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, .add), .user(1, [], Self.trigger, token: 5))
    for _ in 0..<3 { #expect(queue.told() == [.user(5)]) }
    // Deleting is the one way to end it.
    queue.change(.user(1, .delete))
    #expect(queue.told() == [])
  }

  @Test("U2 However often it is triggered before a poll, there is one event", arguments: KernelProfile.all)
  func coalescing(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, [.add, .clear]))
    #expect(queue.told() == [])
    for _ in 0..<10 { queue.change(.user(1, .add, Self.trigger, token: 5)) }
    #expect(queue.told() == [.user(5)])
    #expect(queue.told() == [])
    queue.change(.user(1, .add, Self.trigger, token: 6))
    #expect(queue.told() == [.user(6)])
  }

  @Test("U2 A trigger while the event is disabled is kept", arguments: KernelProfile.all)
  func disabled(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, [.add, .clear, .disable]), .user(1, [], Self.trigger))
    #expect(queue.told() == [])
    queue.change(.user(1, .enable, token: 5))
    #expect(queue.told() == [.user(5)])
  }

  @Test("U3 The change's bits are combined into the stored ones", arguments: KernelProfile.all)
  func bits(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, .add))
    func stored(_ operation: UInt32, _ bits: UInt32) -> UInt32? {
      queue.change(.user(1, [], operation | bits | Self.trigger))
      return queue.collect().first?.filterFlags
    }
    #expect(stored(UserEventFlags.copy, 0x00FF_00FF) == 0x00FF_00FF)
    #expect(stored(UserEventFlags.ignore, 0x0000_FF00) == 0x00FF_00FF)
    #expect(stored(UserEventFlags.and, 0x000F_FFF0) == 0x000F_00F0)
    #expect(stored(UserEventFlags.or, 0x0000_0001) == 0x000F_00F1)
    #expect(stored(UserEventFlags.copy, 0) == 0)
  }

  @Test("U3 What was stored outlasts the delivery of an edge", arguments: KernelProfile.all)
  func storedBits(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, [.add, .clear], 0x2))
    for (bits, sum) in [(0x4, 0x6), (0x8, 0xE)] as [(UInt32, UInt32)] {
      queue.change(.user(1, [], UserEventFlags.or | bits | Self.trigger, data: 9))
      let event = try required(queue.collect().first)
      #expect(event.filterFlags == sum)
      #expect(event.data == 9)
    }
  }

  @Test("U3 An event carries the number of the last change", arguments: KernelProfile.all)
  func number(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, [.add, .clear], data: 1), .user(1, [], Self.trigger, data: 2), .user(1, [], data: 3))
    #expect(queue.told() == [.user(0, 3)])
  }

  @Test("U4 A trigger in the change that makes the event works on macOS only", arguments: KernelProfile.all)
  func addAndTrigger(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    queue.change(.user(1, [.add, .clear], Self.trigger, token: 5))
    #expect(queue.told() == (profile == .macOS ? [.user(5)] : []))
    queue.change(.user(1, .add, Self.trigger, token: 5))
    #expect(queue.told() == [.user(5)])
  }

  @Test("U5 On FreeBSD and NetBSD a change with the clear flag takes the trigger back", arguments: KernelProfile.all)
  func clearing(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    let kept: [Told] = profile == .macOS ? [.user(5)] : []
    queue.change(.user(1, [.add, .clear], token: 5), .user(1, .add, Self.trigger, token: 5))
    queue.change(.user(1, [.add, .clear], token: 5))
    #expect(queue.told() == kept)
    queue.change(.user(1, [.add, .clear], Self.trigger, token: 5))
    #expect(queue.told() == kept)
    // So a waker triggers without the flag, which the event keeps from when it was made.
    queue.change(.user(1, .add, Self.trigger, token: 5))
    #expect(queue.told() == [.user(5)])
    #expect(queue.told() == [])
  }

  @Test("U8 Timers, signals, processes and files are refused", arguments: KernelProfile.all)
  func otherFilters(_ profile: KernelProfile) throws(IOError) {
    let queue = try Queue(on: profile.machine())
    for number: KernelEvent.RawFilter in [-4, -5, -6, -7] {
      let filter = KernelEvent.Filter(rawValue: number)
      #expect(queue.receipts(KernelEvent(ident: 1, filter: filter, flags: .add)) == [.invalidInput])
    }
  }
}

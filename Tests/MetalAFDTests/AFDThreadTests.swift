import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalAFD

@Suite("AFD: other threads, and many polls", .backend)
struct AFDThreadTests {
  @Test("AFD-07 While other threads register, reregister and deregister, no event of another source is lost")
  func storm() throws(IOError) {
    var loop = try Loop()
    let registry = loop.registry
    let (isOver, cycles, seen) = (Switch(), Tally(), Tally())
    let source = Shared(try UDPLine())
    var borrowed = BorrowedDescriptor(source.value.socket.rawDescriptor)
    try registry.register(&borrowed, token: 9, interests: .readable)
    let count = 200
    try runThreads(3) { thread in
      recordingErrors { () throws(IOError) in
        guard thread < 2 else {
          for number in 1...count {
            try source.value.deliver([1])
            while seen.value < number, !isOver.isOn { system_sleep(0) }
          }
          return
        }
        var socket = try UDPSocket(bindingTo: anyPort)
        while !isOver.isOn {
          try registry.register(&socket, token: 1, interests: .readable)
          try registry.reregister(&socket, token: 2, interests: [.readable, .priority])
          try registry.deregister(&socket)
          cycles.increment()
        }
      }
    } _: { () throws(IOError) in
      defer { isOver.turnOn() }
      for _ in 0..<count {
        let batch = try loop.wait(.seconds(10))
        #expect(batch.map(\.token) == [9])
        if batch.isEmpty { return }
        while try source.value.socket.receiveWithoutWaiting() {}
        try registry.reregister(&borrowed, token: 9, interests: .readable)
        seen.increment()
      }
    }
    #expect(cycles.value >= 10)
    // The only request under way belongs to the one source that is still registered.
    try loop.expectQuiet(.milliseconds(5))
    #expect(loop.requests == 1)
  }

  @Test("AFD-08 A thousand registrations and a thousand polls leave no handle behind")
  func handles() throws(IOError) {
    // The first poll opens the handles that the process keeps.
    try cycle(1)
    let before = system_handle_count()
    try cycle(1000)
    #expect(system_handle_count() == before)
  }

  private func cycle(_ count: Int) throws(IOError) {
    let outer = try Poll()
    for _ in 0..<count {
      var socket = try UDPSocket(bindingTo: anyPort)
      try outer.registry.register(&socket, token: 1, interests: .readable)
      try outer.registry.reregister(&socket, token: 2, interests: .writable)
      var loop = try Loop()
      let waker = try loop.registry.makeWaker(token: 1)
      var stream = try TCPListener(bindingTo: anyPort)
      try loop.registry.register(&stream, token: 2, interests: .readable)
      try waker.wake()
      #expect(try loop.wait().map(\.token) == [1])
    }
  }

  @Test("AFD-09 Sixteen polls, each on a thread of its own, report only their own sources")
  func polls() throws(IOError) {
    try runThreads(16) { thread in
      recordingErrors { () throws(IOError) in
        var loop = try Loop()
        var line = try UDPLine()
        let token = Token(UInt(thread))
        try loop.registry.register(&line.socket, token: token, interests: .readable)
        for round in 0..<100 {
          try line.deliver([UInt8(round)])
          #expect(try loop.wait(.seconds(10)).map(\.token) == [token])
          #expect(try line.socket.receiveNow().bytes == [UInt8(round)])
          expectWouldBlock { () throws(IOError) in try ReceiveForm.receive(line.socket, atMost: 8) }
        }
      }
    } _: { () throws(IOError) in
    }
  }
}

/// A flag that threads share.
private final class Switch: Sendable {
  private let tally = Tally()
  var isOn: Bool { tally.value > 0 }
  func turnOn() { tally.increment() }
}

/// A number that threads count up.
private final class Tally: Sendable {
  private let number = Guarded(0)
  var value: Int { number.withState { $0 } }
  func increment() { number.withState { $0 += 1 } }
}

extension DatagramSocket where S == Selector {
  /// Receives a datagram, and returns whether there was one.
  fileprivate func receiveWithoutWaiting() throws(IOError) -> Bool {
    try ReceiveForm.receive(self, atMost: 8) != nil
  }
}

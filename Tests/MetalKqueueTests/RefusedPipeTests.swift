import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// T2 on NetBSD, which refuses to watch a broken pipe by EBADF, as it does a closed descriptor.
@Suite("Kqueue: broken pipes on NetBSD")
struct RefusedPipeTests {
  private static let badDescriptor = 9

  @Test("T2 A writer that is registered without a reader is told once that it is closed")
  func writer() throws(IOError) {
    for interests: Interests in [.writable, .readable | .writable] {
      let program = try Program(.netBSD)
      var source = RawSource(try program.brokenPipe())
      let changes = try program.changes { () throws(IOError) in
        try program.register(&source, token: 1, interests: interests)
      }
      #expect(changes.first?.result == -Self.badDescriptor)
      #expect(source.registration.isRegistered)
      // The reading direction of the wrong end tells the end as well (P8), and once more when it was asked.
      let others = interests.isReadable ? ["readable read-closed"] : []
      for token in 1...2 {
        let expected = (others + ["writable write-closed"] + others).map { "\(token) \($0)" }
        #expect(try program.told() == expected)
        if token == 1 { try program.reregister(&source, token: 2, interests: interests) }
      }
      try program.deregister(&source)
      #expect(try program.told() == [])
    }
  }

  @Test("T2 So is a pipe's reader that is registered for writing without a writer")
  func reader() throws(IOError) {
    let program = try Program(.netBSD)
    let pipe = try program.kernel.openPipe()
    try program.kernel.close(pipe.second)
    var source = RawSource(pipe.first)
    try program.register(&source, token: 1, interests: .writable)
    #expect(try program.told() == ["1 writable write-closed"])
    try program.deregister(&source)
    try program.register(&source, token: 2, interests: .readable)
    #expect(try program.told() == ["2 readable read-closed"])
  }

  @Test("P6 The writer of a full pipe is told that its reader has gone when it is reregistered")
  func fullPipe() throws(IOError) {
    let program = try Program(.netBSD)
    let pipe = try program.kernel.openPipe()
    program.kernel.write(pipe.second, KernelProfile.netBSD.pipes.buffer)
    var source = RawSource(pipe.second)
    try program.register(&source, token: 1, interests: .writable)
    try program.kernel.close(pipe.first)
    #expect(try program.told() == [])
    try program.reregister(&source, token: 2, interests: .writable)
    #expect(try program.told() == ["2 writable write-closed"])
  }

  @Test("A closed descriptor is still refused, and leaves nothing behind")
  func closed() throws(IOError) {
    let program = try Program(.netBSD)
    for descriptor: Int32 in [try program.brokenPipe(), -1, 9_999] {
      if descriptor > 0 { do throws(IOError) { try program.kernel.close(descriptor) } catch {} }
      for interests: Interests in [.writable, .readable, .readable | .writable] {
        var source = RawSource(descriptor)
        expectError(.badDescriptor) { () throws(IOError) in
          try program.register(&source, token: 1, interests: interests)
        }
        #expect(!source.registration.isRegistered)
      }
    }
    #expect(try program.told() == [])
  }

  @Test("An open descriptor that no queue watches is refused, and takes no news")
  func unwatchable() throws(IOError) {
    let base = Simulation(profile: .netBSD).machine("machine").kernel
    let kernel = AlteredKernel(base) { change, _ in change.filter == .user ? change.data : Self.badDescriptor
    }
    var poll = try Poll<KqueueSelector<AlteredKernel>>(on: kernel)
    var events = Events<KqueueSelector<AlteredKernel>>(capacity: 8)
    let socket = try base.openSocket(.ipv4, .datagram)
    for interests: Interests in [.writable, .readable, .readable | .writable] {
      var registration = SelectorNumber()
      expectError(.badDescriptor) { () throws(IOError) in
        try poll.registry.selector.register(socket, &registration, token: 1, interests: interests)
      }
      #expect(!registration.isRegistered)
      try poll.wait(into: &events, timeout: .milliseconds(1))
      #expect(events.isEmpty)
    }
  }
}

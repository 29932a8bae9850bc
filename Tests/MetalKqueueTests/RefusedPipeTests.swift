import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// T2 on a machine that answers as NetBSD does: it refuses to watch a broken pipe by EBADF, as it does a closed descriptor.
@Suite("Kqueue: broken pipes on NetBSD")
struct RefusedPipeTests {
  private typealias Selector = KqueueSelector<AlteredKernel>

  private struct Machine: ~Copyable {
    let base: SimulatedKernel
    var poll: Poll<Selector>
    var events = Events<Selector>(capacity: 8)

    init() throws(IOError) {
      base = Simulation(profile: .freeBSD).machine("machine").kernel
      poll = try Poll(
        on: AlteredKernel(base) { change, _ in
          change.data == RefusedPipeTests.brokenPipe ? RefusedPipeTests.badDescriptor : change.data
        })
    }

    var selector: Selector { poll.registry.selector }

    mutating func told() throws(IOError) -> [String] {
      var all: [String] = []
      for _ in 0..<4 {
        try poll.wait(into: &events, timeout: .milliseconds(1))
        all += events.map(Program.words)
      }
      return all
    }

    /// A pipe's writer whose reader is gone.
    func brokenPipe() throws(IOError) -> Int32 {
      let pipe = try base.openPipe()
      try base.close(pipe.first)
      return pipe.second
    }
  }

  fileprivate static let brokenPipe = 32
  fileprivate static let badDescriptor = 9

  @Test("T2 A writer that is registered without a reader is told once that it is closed")
  func writer() throws {
    for interests: Interests in [.writable, .readable | .writable] {
      var machine = try Machine()
      var source = RawSource(try machine.brokenPipe())
      try machine.selector.register(source.descriptor, &source.registration, token: 1, interests: interests)
      #expect(source.registration.isRegistered)
      #expect(try machine.told() == ["1 writable write-closed"])
      try machine.selector.reregister(source.descriptor, &source.registration, token: 2, interests: interests)
      #expect(try machine.told() == ["2 writable write-closed"])
      try machine.selector.deregister(source.descriptor, &source.registration)
      #expect(try machine.told() == [])
    }
  }

  @Test("T2 So is a pipe's reader that is registered for writing without a writer")
  func reader() throws {
    let base = Simulation(profile: .freeBSD).machine("machine").kernel
    // The number of the reader whose writer is gone, of which NetBSD refuses the filter for writing.
    let pipe = try base.openPipe()
    try base.close(pipe.second)
    let reader = UInt(bitPattern: Int(pipe.first))
    let kernel = AlteredKernel(base) { change, base in
      guard change.ident == reader, change.filter == .write, change.data == 0, base.isOpen(pipe.first) else {
        return change.data
      }
      return Self.badDescriptor
    }
    var poll = try Poll<Selector>(on: kernel)
    var events = Events<Selector>(capacity: 8)
    var registration = SelectorNumber()
    try poll.registry.selector.register(pipe.first, &registration, token: 1, interests: .writable)
    try poll.wait(into: &events, timeout: .milliseconds(1))
    #expect(events.map(Program.words) == ["1 writable write-closed"])
  }

  @Test("A closed descriptor is still refused, and leaves nothing behind")
  func closed() throws {
    var machine = try Machine()
    for descriptor: Int32 in [try machine.brokenPipe(), -1, 9_999] {
      if descriptor > 0 { do throws(IOError) { try machine.base.close(descriptor) } catch {} }
      for interests: Interests in [.writable, .readable, .readable | .writable] {
        var registration = SelectorNumber()
        expectError(.badDescriptor) { () throws(IOError) in
          try machine.selector.register(descriptor, &registration, token: 1, interests: interests)
        }
        #expect(!registration.isRegistered)
      }
    }
    #expect(try machine.told() == [])
  }

  @Test("An open descriptor that no queue watches is refused, and takes no news")
  func unwatchable() throws {
    let base = Simulation(profile: .freeBSD).machine("machine").kernel
    let kernel = AlteredKernel(base) { change, _ in change.filter == .user ? change.data : Self.badDescriptor
    }
    var poll = try Poll<Selector>(on: kernel)
    var events = Events<Selector>(capacity: 8)
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

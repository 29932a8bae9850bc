import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Kqueue: what events say")
struct EventTests {
  @Test("T6 Each direction is an event of its own, under one token", arguments: KernelProfile.all)
  func directions(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    program.kernel.write(pair.server, 3)
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable | .writable)
    #expect(try Set(program.told()) == ["1 readable", "1 writable"])
  }

  @Test("T6 The end of a direction is that direction's, without an error", arguments: KernelProfile.all)
  func ends(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable | .writable)
    #expect(try program.told() == ["1 writable"])
    try program.kernel.shutdown(pair.server, .write)
    #expect(try program.told() == ["1 readable read-closed"])
    try program.kernel.shutdown(pair.client, .write)
    #expect(try program.told() == ["1 writable write-closed"])
  }

  @Test("T7 An end with an error is an error, in both directions", arguments: KernelProfile.all)
  func errors(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let client = try program.kernel.openSocket(.ipv4, .stream)
    try program.kernel.connect(client, to: SocketAddress(IPv4Address.loopback, port: 9))
    var source = RawSource(client)
    try program.register(&source, token: 1, interests: .readable | .writable)
    let expected: Set = ["1 readable read-closed error", "1 writable write-closed error"]
    #expect(try Set(program.told()) == expected)
    // The error is told once (R14): then it is an end like any other.
    #expect(try program.kernel.takePendingError(of: client)?.kind == .connectionRefused)
    try program.reregister(&source, token: 1, interests: .readable | .writable)
    #expect(try Set(program.told()) == ["1 readable read-closed", "1 writable write-closed"])
  }

  @Test("T9 A connection without data is not readable", arguments: KernelProfile.all)
  func fresh(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable)
    #expect(try program.told() == [])
  }

  @Test("T9 One's own shutdown is told of the side that was shut down", arguments: KernelProfile.all)
  func shutdown(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let expected: [(ShutdownDirection, Set<String>)] = [
      (.read, ["1 readable read-closed"]), (.write, ["1 writable write-closed"]),
      (.both, ["1 readable read-closed", "1 writable write-closed"]),
    ]
    for (direction, told) in expected {
      let pair = try program.connectedPair()
      var source = RawSource(pair.client)
      try program.register(&source, token: 1, interests: .readable | .writable)
      #expect(try program.told() == ["1 writable"])
      try program.kernel.shutdown(pair.client, direction)
      #expect(try Set(program.told()) == told)
      try program.deregister(&source)
    }
  }

  @Test("An event shows the record that the queue has delivered", arguments: KernelProfile.all)
  func rawRecord(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    program.kernel.write(pair.server, 3)
    var source = RawSource(pair.client)
    try program.register(&source, token: 65, interests: .readable)
    let event = try required(program.gather().first)
    #expect(event.rawRecord.ident == UInt(pair.client))
    #expect(event.rawRecord.filter == .read)
    #expect(event.rawRecord.data == 3)
    #expect(event.rawRecord.token == 65)
    #expect(event.rawRecord.flags.contains(.clear))
    #expect(event.debugDescription.contains("kqueue ident \(pair.client) filter -1"))
    #expect(event.debugDescription.hasSuffix("fflags 0x0 data 3]"))
  }

  @Test("What did not fit into the container comes with the next poll", arguments: KernelProfile.all)
  func littleRoom(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile, capacity: 1)
    let pair = try program.connectedPair()
    program.kernel.write(pair.server, 3)
    var client = RawSource(pair.client)
    var server = RawSource(pair.server)
    try program.register(&client, token: 1, interests: .readable | .writable)
    try program.register(&server, token: 2, interests: .readable | .writable)
    let told = try program.told()
    #expect(told.count == 3)
    #expect(Set(told) == ["1 readable", "1 writable", "2 writable"])
  }
}

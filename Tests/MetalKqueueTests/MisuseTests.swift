import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Kqueue: what is refused")
struct MisuseTests {
  @Test("What is registered cannot be registered again, with this poll or another", arguments: KernelProfile.all)
  func twice(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let other = try Poll<KqueueSimSelector>(on: program.kernel)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .writable)
    let changes = program.changes {
      expectError(.alreadyExists) { () throws(IOError) in
        try program.register(&source, token: 2, interests: .readable)
      }
      expectError(.alreadyExists) { () throws(IOError) in
        try other.registry.selector.register(source.descriptor, &source.registration, token: 2, interests: .readable)
      }
    }
    #expect(changes == [])
    #expect(try program.told() == ["1 writable"])
  }

  @Test("What is not registered can be neither reregistered nor deregistered", arguments: KernelProfile.all)
  func unregistered(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let other = try Poll<KqueueSimSelector>(on: program.kernel)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    for _ in 0..<2 {
      expectError(.notFound) { () throws(IOError) in try program.reregister(&source, token: 1, interests: .readable) }
      expectError(.notFound) { () throws(IOError) in try program.deregister(&source) }
      // Nor what is registered with another poll.
      if !source.registration.isRegistered {
        try other.registry.selector.register(source.descriptor, &source.registration, token: 2, interests: .readable)
      }
    }
    #expect(source.registration.isRegistered)
  }

  @Test("Interest in priority is unsupported, and changes nothing", arguments: KernelProfile.all)
  func priority(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    for interests: Interests in [.priority, .readable | .priority, .writable | .priority] {
      expectError(.unsupported) { () throws(IOError) in try program.register(&source, token: 1, interests: interests) }
      #expect(!source.registration.isRegistered)
    }
    try program.register(&source, token: 2, interests: .writable)
    expectError(.unsupported) { () throws(IOError) in
      try program.reregister(&source, token: 3, interests: .readable | .priority)
    }
    #expect(source.registration.isRegistered)
    #expect(try program.told() == ["2 writable"])
  }

  @Test("A descriptor that is not open is a bad one", arguments: KernelProfile.all)
  func closed(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable | .writable)
    try program.kernel.close(pair.client)
    expectError(.badDescriptor) { () throws(IOError) in
      try program.reregister(&source, token: 2, interests: .readable)
    }
    #expect(!source.registration.isRegistered)
    for descriptor in [pair.client, 99, -1, .max] {
      var other = RawSource(descriptor)
      expectError(.badDescriptor) { () throws(IOError) in
        try program.register(&other, token: 2, interests: .readable | .writable)
      }
      #expect(!other.registration.isRegistered)
    }
  }

  @Test("A poll into a container without room is refused, and takes nothing away", arguments: KernelProfile.all)
  func noRoom(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let waker = try program.registry.makeWaker(token: 1)
    try waker.wake()
    var empty = Events<KqueueSimSelector>(capacity: 0)
    for timeout in [Duration.zero, .seconds(1), nil] {
      expectError(.invalidInput) { () throws(IOError) in try program.poll.wait(into: &empty, timeout: timeout) }
    }
    #expect(program.simulation.now == .zero)
    #expect(try program.told() == ["1 readable"])
    withExtendedLifetime(waker) {}
  }

  @Test("A timeout below zero does not wait", arguments: KernelProfile.all)
  func negativeTimeout(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    #expect(try program.wait(.seconds(-5)).isEmpty)
    #expect(program.simulation.now < .milliseconds(1))
  }

  @Test("A poll's own queue can be watched by another poll", arguments: KernelProfile.all)
  func watchedPoll(_ profile: KernelProfile) throws(IOError) {
    let outer = try Program(profile)
    var inner = try Poll<KqueueSimSelector>(on: outer.kernel)
    var events = Events<KqueueSimSelector>(capacity: 4)
    let pair = try outer.connectedPair()
    var source = RawSource(inner.registry.selector.queue)
    try outer.register(&source, token: 9, interests: .readable)
    #expect(try outer.told() == [])
    var client = RawSource(pair.client)
    try inner.registry.selector.register(client.descriptor, &client.registration, token: 1, interests: .readable)
    outer.kernel.write(pair.server, 3)
    #expect(try outer.told() == ["9 readable"])
    try inner.wait(into: &events, timeout: .zero)
    #expect(events.map(\.token) == [1])
    #expect(try outer.told() == [])
  }

  @Test("The sources of a poll that is gone may be registered anew", arguments: KernelProfile.all)
  func goneWithPoll(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    let before = program.kernel.descriptorCount
    do {
      let other = try Poll<KqueueSimSelector>(on: program.kernel)
      try other.registry.selector.register(source.descriptor, &source.registration, token: 1, interests: .readable)
      #expect(source.registration.isRegistered)
      #expect(program.kernel.descriptorCount == before + 1)
    }
    #expect(program.kernel.descriptorCount == before)
    #expect(!source.registration.isRegistered)
    expectError(.notFound) { () throws(IOError) in try program.deregister(&source) }
    try program.register(&source, token: 2, interests: .readable)
    program.kernel.write(pair.server, 1)
    #expect(try program.told() == ["2 readable"])
  }

  @Test("Without a descriptor there is no poll, and nothing is left behind", arguments: KernelProfile.all)
  func noDescriptors(_ profile: KernelProfile) throws(IOError) {
    let kernel = Simulation(profile: profile).machine("machine").kernel
    kernel.descriptorLimit = 0
    expectError(.tooManyOpenFiles) { () throws(IOError) in _ = try Poll<KqueueSimSelector>(on: kernel) }
    kernel.descriptorLimit = 1
    _ = try Poll<KqueueSimSelector>(on: kernel)
    #expect(kernel.descriptorCount == 0)
  }
}

import CSystem
import MetalCore
import MetalSystem
import Testing

/// A source of the program's own that forwards to a borrowed descriptor.
private struct Button: ~Copyable, Source {
  var descriptor: BorrowedDescriptor

  mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try descriptor.register(with: registry, token: token, interests: interests)
  }

  mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try descriptor.reregister(with: registry, token: token, interests: interests)
  }

  mutating func deregister(from registry: Registry) throws(IOError) {
    try descriptor.deregister(from: registry)
  }
}

@Suite("FD: borrowed descriptors", .backend)
struct BorrowedDescriptorTests {
  @Test("FD-01 A listener made elsewhere is told, and stays its owner's, as it was")
  func listener() throws(IOError) {
    let descriptor = try checked(system_listener(16))
    let owner = OwnedDescriptor(adopting: descriptor)
    let flags = DescriptorFlags(of: descriptor)
    #expect(!flags.isNonBlocking && !flags.isCloseOnExec)
    var port = UInt16(0)
    do {
      var loop = try Loop()
      var source = BorrowedDescriptor(descriptor)
      #expect(source.rawDescriptor == descriptor)
      port = try ready(
        source.perform { number throws(IOError) in try RawOperation<Selector.K>.localAddress(number).port })
      try loop.registry.register(&source, token: 1, interests: .readable)
      try loop.expectQuiet()
      let client = try opened(system_connection(port))
      let events = try loop.expect(1, .readable)
      #expect(events.allSatisfy { $0.token == 1 } as Bool)
      // The owner goes on using it.
      let accepted = try opened(system_accept(descriptor))
      #expect(accepted.rawDescriptor != client.rawDescriptor)
      try loop.registry.reregister(&source, token: 2, interests: [.readable, .writable])
      try loop.registry.deregister(&source)
      #expect(DescriptorFlags(of: descriptor) == flags)
    }
    #expect(DescriptorFlags(of: descriptor) == flags)
    let late = try opened(system_connection(port))
    #expect(late.rawDescriptor >= 0)
    #expect(owner.rawDescriptor == descriptor)
  }

  @Test("FD-02 An eventfd is told when it is written to, and is neither read nor closed")
  func event() throws(IOError) {
    let owner = try opened(system_eventfd())
    let flags = DescriptorFlags(of: owner.rawDescriptor)
    var loop = try Loop()
    do {
      var source = BorrowedDescriptor(owner.rawDescriptor)
      try loop.registry.register(&source, token: 1, interests: .readable)
      try loop.expectQuiet()
      try add(5, to: owner.rawDescriptor)
      try loop.expect(1, .readable)
      #expect(try counter(of: owner.rawDescriptor) == 5)
      try loop.expectQuiet()
      try add(6, to: owner.rawDescriptor)
      try loop.registry.reregister(&source, token: 2, interests: .readable)
      try loop.expect(2, .readable)
    }
    #expect(DescriptorFlags(of: owner.rawDescriptor) == flags)
    #expect(try counter(of: owner.rawDescriptor) == 6)
  }

  @Test("FD-01 A timerfd is told when its time has come, and not before")
  func timer() throws(IOError) {
    let owner = try opened(system_timer())
    try checked(system_set_timer(owner.rawDescriptor, 100_000_000_000))
    var loop = try Loop()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    try loop.registry.register(&source, token: 1, interests: .readable)
    try loop.expectQuiet()
    for _ in 0..<2 {
      let start = now()
      try checked(system_set_timer(owner.rawDescriptor, 30_000_000))
      try loop.expect(1, .readable)
      let time = now() - start
      #expect(time >= .milliseconds(30) && time < .seconds(2))
      #expect(try counter(of: owner.rawDescriptor) == 1)
      // The library has not seen the reading, so this is what arms it on every selector.
      try loop.registry.reregister(&source, token: 1, interests: .readable)
      try loop.expectQuiet()
    }
  }

  @Test("FD-01 A signalfd is told when its signal comes")
  func signals() async {
    await #expect(processExitsWith: .success) {
      try waitForSignal()
    }
  }

  @Test("FD-01 A terminal is told when something was typed")
  func terminal() throws(IOError) {
    let ends = try openTerminal()
    let keyboard = ends.first
    let owner = ends.second
    let flags = DescriptorFlags(of: owner.rawDescriptor)
    var loop = try Loop()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    try loop.registry.register(&source, token: 1, interests: .readable)
    try loop.expectQuiet()
    let line = Array("hello\n".utf8)
    // Safety: each call moves at most as many bytes as the array has.
    #expect(unsafe system_write(keyboard.rawDescriptor, line, Int32(line.count)) == line.count)
    try loop.expect(1, .readable)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = try checked(unsafe system_read(owner.rawDescriptor, &bytes, Int32(bytes.count)))
    #expect(Array(bytes.prefix(Int(count))) == line)
    #expect(DescriptorFlags(of: owner.rawDescriptor) == flags)
  }

  @Test("FD-03 A type of the program's own that forwards to a borrowed descriptor is a source")
  func forwards() throws(IOError) {
    let owner = try opened(system_eventfd())
    var loop = try Loop()
    var button = Button(descriptor: BorrowedDescriptor(owner.rawDescriptor))
    try loop.registry.register(&button, token: 7, interests: .readable)
    let registry = loop.registry
    expectError(.alreadyExists) { () throws(IOError) in try registry.register(&button, token: 8, interests: .readable) }
    try add(1, to: owner.rawDescriptor)
    var events = try loop.expect(7, .readable)
    #expect(events.allSatisfy { $0.token == 7 } as Bool)
    try loop.registry.reregister(&button, token: 9, interests: .readable)
    events = try loop.expect(9, .readable)
    #expect(events.allSatisfy { $0.token == 9 } as Bool)
    try loop.registry.deregister(&button)
    try add(1, to: owner.rawDescriptor)
    try loop.expectQuiet()
  }

  @Test("FD-07 Registering what is no open descriptor is refused, whatever the number")
  func invalid() throws(IOError) {
    var loop = try Loop()
    // Beyond the limit of descriptors, so that no other thread can have it.
    for number in [-1, -2, Int32.min, Int32.max, 1 << 30] as [Int32] {
      var source = BorrowedDescriptor(number)
      let registry = loop.registry
      for _ in 0..<2 {
        var kind: IOError.Kind?
        do throws(IOError) {
          try registry.register(&source, token: 1, interests: .readable)
        } catch {
          kind = error.kind
        }
        #expect(kind == .badDescriptor || kind == .invalidInput)
      }
      expectError(.notFound) { () throws(IOError) in try registry.reregister(&source, token: 1, interests: .readable) }
      expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
    }
    try loop.expectQuiet()
  }

  @Test("FD-07 So is a descriptor that was closed")
  func closed() async {
    await #expect(processExitsWith: .success) {
      try registerClosedDescriptor()
    }
  }

  @Test("FD-08 What is still ready after an event is told again when the source is reregistered")
  func reregisters() throws(IOError) {
    let owner = try opened(system_eventfd())
    var loop = try Loop()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    try loop.registry.register(&source, token: 1, interests: .readable)
    try add(1, to: owner.rawDescriptor)
    try loop.expect(1, .readable)
    for _ in 0..<3 {
      try loop.expectQuiet()
      try loop.registry.reregister(&source, token: 1, interests: .readable)
      try loop.expect(1, .readable)
    }
    #expect(try counter(of: owner.rawDescriptor) == 1)
    try loop.registry.reregister(&source, token: 1, interests: .readable)
    try loop.expectQuiet()
    // The library sees what is done through it, and re-arms by itself when that would block.
    expectWouldBlock { () throws(IOError) in try source.perform { _ throws(IOError) in throw IOError(.wouldBlock) } }
    try add(1, to: owner.rawDescriptor)
    try loop.expect(1, .readable)
  }
}

private func waitForSignal() throws(IOError) {
  system_block_signal(SIGUSR1)
  let owner = try opened(system_signal_descriptor(SIGUSR1))
  var loop = try Loop()
  var source = BorrowedDescriptor(owner.rawDescriptor)
  try loop.registry.register(&source, token: 1, interests: .readable)
  try loop.expectQuiet()
  try checked(system_signal_thread(system_thread(), SIGUSR1))
  try loop.expect(1, .readable)
  #expect(system_read_signal(owner.rawDescriptor) == SIGUSR1)
  try loop.expectQuiet()
}

private func registerClosedDescriptor() throws(IOError) {
  var loop = try Loop()
  // Not the lowest number, which the runtime might take at any time for a descriptor of its own.
  let lowest = try checked(system_eventfd())
  let number = dup2(lowest, 600)
  try required(number == 600, "the number is taken")
  close(lowest)
  var source = BorrowedDescriptor(number)
  close(number)
  let registry = loop.registry
  expectError(.badDescriptor) { () throws(IOError) in try registry.register(&source, token: 1, interests: .readable) }
  try loop.expectQuiet()
}

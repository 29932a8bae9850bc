import CSystem
import MetalCore
import MetalSystem
import Testing

/// The program's own source, which forwards to a borrowed socket.
private struct Button: ~Copyable, Source {
  var socket: BorrowedDescriptor

  mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try socket.register(with: registry, token: token, interests: interests)
  }

  mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try socket.reregister(with: registry, token: token, interests: interests)
  }

  mutating func deregister(from registry: Registry) throws(IOError) {
    try socket.deregister(from: registry)
  }
}

/// The rows about borrowed and owned descriptors, on sockets: Windows has no other descriptors that AFD could watch.
@Suite("FD: borrowed sockets", .backend)
struct BorrowedSocketTests {
  @Test("FD-01 A listener that other code has opened is reported, and stays open and unchanged for its owner")
  func listener() throws(IOError) {
    let owner = try opened(system_listener(16))
    let flags = DescriptorFlags(of: owner.rawDescriptor)
    #expect(flags.isOpen && !flags.isCloseOnExec)
    do {
      var loop = try Loop()
      var source = BorrowedDescriptor(owner.rawDescriptor)
      let address: SocketAddress = try SystemKernel().localAddress(of: source.rawDescriptor)
      try loop.registry.register(&source, token: 1, interests: .readable)
      try loop.expectQuiet()
      let client = try opened(system_connection(address.port))
      let events = try loop.expect(1, .readable)
      #expect(events.allSatisfy { $0.token == 1 })
      #expect(DescriptorFlags(of: client.rawDescriptor).isOpen)
    }
    #expect(DescriptorFlags(of: owner.rawDescriptor) == flags)
  }

  @Test("FD-02, FD-08 The owner receives, and reregistering reports data that has not been read")
  func socket() throws(IOError) {
    let line = try UDPLine()
    let flags = DescriptorFlags(of: line.socket.rawDescriptor)
    var loop = try Loop()
    do {
      var source = BorrowedDescriptor(line.socket.rawDescriptor)
      try loop.registry.register(&source, token: 1, interests: .readable)
      try line.deliver([1])
      try line.deliver([2])
      try loop.expect(1, .readable)
      #expect(try line.socket.receiveWhenReady().bytes == [1])
      try loop.expectQuiet()
      try loop.registry.reregister(&source, token: 2, interests: .readable)
      try loop.expect(2, .readable)
      #expect(try line.socket.receiveWhenReady().bytes == [2])
    }
    #expect(DescriptorFlags(of: line.socket.rawDescriptor) == flags)
    try line.deliver([3])
    #expect(try line.socket.receiveWhenReady().bytes == [3])
  }

  @Test("FD-03 A source that forwards to a borrowed socket is reported")
  func forwarding() throws(IOError) {
    let line = try UDPLine()
    var button = Button(socket: BorrowedDescriptor(line.socket.rawDescriptor))
    var loop = try Loop(watching: &button, token: 3, interests: .readable)
    try line.deliver([1])
    try loop.expect(3, .readable)
    try loop.registry.deregister(&button)
  }

  @Test("FD-06 close() and dropping close an owned socket, but not a socket that was released")
  func owned() throws(IOError) {
    let closed = try UDPSocket(bindingTo: anyPort).releaseDescriptor()
    let number = closed.rawDescriptor
    #expect(DescriptorFlags(of: number).isOpen)
    try closed.close()
    #expect(!DescriptorFlags(of: number).isOpen)
    let released = try TCPListener(bindingTo: anyPort).releaseDescriptor().release()
    #expect(DescriptorFlags(of: released).isOpen)
    do {
      let owner = OwnedDescriptor(adopting: released)
      #expect(BorrowedDescriptor(owner.rawDescriptor).rawDescriptor == released)
    }
    #expect(!DescriptorFlags(of: released).isOpen)
  }

  @Test(
    "FD-07 Registering a number that does not belong to a socket is refused",
    .enabled(if: !Backend.isWine, "Wine 8 accepts any number as a socket until AFD checks the number."))
  func invalid() throws(IOError) {
    let loop = try Loop()
    for number in [0x7FFF_FFF0, 0] {
      var source = BorrowedDescriptor(number)
      expectError(.badDescriptor) { () throws(IOError) in
        try loop.registry.register(&source, token: 1, interests: .readable)
      }
    }
  }

  @Test("FD-09 Dropping a registered source ends its registration, and the socket is free at once")
  func dropped() throws(IOError) {
    let line = try UDPLine()
    var loop = try Loop()
    for round in UInt(0)..<3 {
      var source = BorrowedDescriptor(line.socket.rawDescriptor)
      try loop.registry.register(&source, token: Token(round), interests: .readable)
      try line.deliver([1])
      _ = consume source
      try loop.expectQuiet()
      var next = BorrowedDescriptor(line.socket.rawDescriptor)
      try loop.registry.register(&next, token: 10, interests: .readable)
      let events = try loop.expect(10, .readable)
      #expect(events.allSatisfy { $0.token == 10 })
      #expect(try line.socket.receiveWhenReady().bytes == [1])
    }
  }

  @Test("FD-12 If the owner closes a socket first, its source can be deregistered, but not reregistered")
  func closedByOwner() throws(IOError) {
    let loop = try Loop()
    let registry = loop.registry
    for isReregistered in [false, true] {
      let owner = try UDPSocket(bindingTo: anyPort).releaseDescriptor()
      var source = BorrowedDescriptor(owner.rawDescriptor)
      try registry.register(&source, token: 1, interests: .readable)
      try owner.close()
      if isReregistered {
        // Wine 8 accepts any number as a socket until AFD checks the number.
        if Backend.isWine { continue }
        expectError(.badDescriptor) { () throws(IOError) in
          try registry.reregister(&source, token: 2, interests: .readable)
        }
      } else {
        try registry.deregister(&source)
      }
      expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
      if Backend.isWine { continue }
      expectError(.badDescriptor) { () throws(IOError) in
        try registry.register(&source, token: 3, interests: .readable)
      }
    }
  }

  @Test("POLL-10 Two thousand polls in a row leave no handle behind")
  func manyPolls() throws(IOError) {
    try makePolls(1)
    let before = system_handle_count()
    try makePolls(2_000)
    #expect(system_handle_count() == before)
  }

  private func makePolls(_ count: Int) throws(IOError) {
    for _ in 0..<count {
      var loop = try Loop(capacity: 1)
      let batch = try loop.wait(.zero)
      #expect(batch.isEmpty)
    }
  }

  @Test("POLL-11 Child processes inherit no handle of a poll, a waker, a listener or a stream")
  func inheritance() throws(IOError) {
    let before = system_inherited_count()
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 1)
    let ends = try Connected()
    var client = ends.client
    try loop.registry.register(&client, token: 2, interests: .readable)
    _ = try loop.wait(.zero)
    #expect(system_inherited_count() == before)
    try waker.wake()
  }
}

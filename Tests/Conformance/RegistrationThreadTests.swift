import MetalCore
import Testing

@Suite("REG: registering from several threads", .backend)
struct RegistrationThreadTests {
  @Test("REG-13 What other threads register through copies of the registry is delivered here")
  func registersFromTwoThreads() throws(IOError) {
    var loop = try Loop()
    let listeners = Handoff<TCPListener>()
    let streams = Handoff<TCPStream>()
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    listeners.put(listener)
    let (first, second) = (loop.registry, loop.registry)
    let batch = try meanwhile {
      guard var listener = listeners.take() else { return }
      expectSuccess { () throws(IOError) in try first.register(&listener, token: 1, interests: .readable) }
      listeners.put(listener)
    } _: { () throws(IOError) in
      try meanwhile {
        expectSuccess { () throws(IOError) in
          var stream = try TCPStream(connectingTo: address)
          try second.register(&stream, token: 2, interests: [.readable, .writable])
          streams.put(stream)
        }
      } _: { () throws(IOError) in
        try loop.wait(.seconds(1))
      }
    }
    #expect(!batch.isEmpty)
    #expect(batch.allSatisfy { $0.token == 1 || $0.token == 2 }, "\(batch)")
  }

  @Test("REG-14 Three threads that register and deregister their own sources do not disturb each other")
  func cyclesInThreeThreads() throws(IOError) {
    var loop = try Loop()
    let listeners = Handoff<TCPListener>()
    let sockets = Handoff<UDPSocket>()
    let streams = Handoff<TCPStream>()
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    listeners.put(listener)
    sockets.put(try UDPSocket(bindingTo: anyPort))
    let registry = loop.registry
    let both: Interests = [.readable, .writable]
    try meanwhile {
      guard var listener = listeners.take() else { return }
      expectCycle(&listener, registry, 1, first: .readable, last: .readable)
      listeners.put(listener)
    } _: { () throws(IOError) in
      try meanwhile {
        guard var socket = sockets.take() else { return }
        expectCycle(&socket, registry, 2, first: .writable, last: both)
        sockets.put(socket)
      } _: { () throws(IOError) in
        try meanwhile {
          expectSuccess { () throws(IOError) in
            var stream = try TCPStream(connectingTo: address)
            expectCycle(&stream, registry, 3, first: .readable, last: both)
            streams.put(stream)
          }
        } _: {
        }
      }
    }
    try loop.expectEach([1: .readable, 2: .writable, 3: .writable])
  }

  @Test("REG-15 A registration ends a wait that another thread is in, with that source's event")
  func endsTheWait() throws(IOError) {
    var loop = try Loop()
    let sockets = Handoff<UDPSocket>()
    sockets.put(try UDPSocket(bindingTo: anyPort))
    let registry = loop.registry
    let start = now()
    var waited = Duration.zero
    let batch = try meanwhile(after: .milliseconds(200)) {
      guard var socket = sockets.take() else { return }
      expectSuccess { () throws(IOError) in try registry.register(&socket, token: 5, interests: .writable) }
      sockets.put(socket)
    } _: { () throws(IOError) in
      let batch = try loop.wait(.seconds(5))
      waited = now() - start
      return batch
    }
    #expect(batch.map(\.token) == [5] && batch.map { Flags($0) } == [.writable], "\(batch)")
    #expect(waited >= .milliseconds(200))
    #expect(waited < .seconds(2))
    if Backend.hasVirtualTime { #expect(waited == .milliseconds(200)) }
  }

  @Test("REG-17 A reregistered listener and another thread's stream are reported under their last tokens")
  func reregistersWhileOthersRegister() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    try loop.registry.register(&listener, token: 1, interests: .readable)
    #expect(try loop.wait(.zero).isEmpty)
    try loop.registry.reregister(&listener, token: 2, interests: .readable)
    let registry = loop.registry
    let streams = Handoff<TCPStream>()
    let events = try meanwhile {
      expectSuccess { () throws(IOError) in
        var stream = try TCPStream(connectingTo: address)
        try registry.register(&stream, token: 3, interests: .writable)
        streams.put(stream)
      }
    } _: { () throws(IOError) in
      // In this order, or both in one poll, whose order says nothing.
      try loop.expectEach([2: .readable, 3: .writable])
    }
    #expect(!events.contains { $0.token == 1 }, "\(events)")
  }

  /// Expects that an operation on another thread succeeds.
  private func expectSuccess(
    sourceLocation: SourceLocation = #_sourceLocation, _ operation: () throws(IOError) -> Void
  ) {
    do throws(IOError) {
      try operation()
    } catch {
      Issue.record("a second thread's call threw '\(error)'", sourceLocation: sourceLocation)
    }
  }

  /// Registers, deregisters, registers and reregisters a source.
  private func expectCycle<T: Source & ~Copyable>(
    _ source: inout T, _ registry: Registry, _ token: Token, first: Interests, last: Interests
  ) {
    expectSuccess { () throws(IOError) in
      try registry.register(&source, token: token, interests: first)
      try registry.deregister(&source)
      try registry.register(&source, token: token, interests: first)
      try registry.reregister(&source, token: token, interests: last)
    }
  }
}

import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("Descriptors are not leaked", .backend)
struct LeakTests {
  @Test("A thousand wakers, one after the other and on polls of their own, leave no descriptor behind")
  func wakers() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      do {
        let poll = try Poll()
        for _ in 0..<1_000 {
          let waker = try poll.registry.makeWaker(token: 1)
          try waker.wake()
        }
        for _ in 0..<1_000 {
          // The waker is the last that holds the selector.
          let waker = try Poll().registry.makeWaker(token: 1)
          try waker.wake()
        }
      }
      expectOpen(before)
    }
  }

  @Test("A thousand listeners leave no descriptor behind, dropped or closed, registered or not")
  func listeners() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let poll = try Poll()
      let before = openDescriptors()
      for round in 0..<1_000 {
        var listener = try TCPListener(bindingTo: round % 5 == 0 ? anyPortV6 : anyPort)
        if round % 2 == 0 { try poll.registry.register(&listener, token: 1, interests: .readable) }
        if round % 3 == 0 { try listener.close() }
      }
      expectOpen(before)
    }
  }

  @Test("A thousand connections leave no descriptor behind at either end")
  func streams() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let listener = try TCPListener(bindingTo: anyPort)
      let address = try listener.localAddress
      let poll = try Poll()
      let before = openDescriptors()
      for round in 0..<1_000 {
        var client = try TCPStream(connectingTo: address)
        let accepted = try listener.acceptWhenReady()
        var server = accepted.stream
        #expect(openDescriptors().count == before.count + 2)
        if round % 2 == 0 {
          try poll.registry.register(&client, token: 1, interests: .writable)
          try poll.registry.register(&server, token: 2, interests: .readable)
        }
        // Reset, so that the ports of a thousand connections are not occupied for a minute.
        try client.setOption(.linger, to: .zero)
        if round % 3 == 0 { try client.close() }
        if round % 5 == 0 { try server.close() }
      }
      expectOpen(before)
    }
  }

  @Test("A stream and a listener that generic code drops, unspecialized, are closed")
  func droppedByGenericCode() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      #if hasFeature(Embedded)
      // Embedded Swift specializes all generic code.
      try fill(PaperBin())
      try fill(GlassBin())
      #else
      for bin in bins { try fill(bin) }
      #endif
      expectOpen(before)
    }
  }

  @Test("A descriptor that is taken out is the caller's, and is neither closed nor doubled")
  func ownership() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      for _ in 0..<100 {
        let connected = try Connected()
        let number = connected.client.rawDescriptor
        let owned = connected.client.releaseDescriptor()
        #expect(DescriptorFlags(of: number).isOpen)
        let again = TCPStream(adopting: owned)
        #expect(again.rawDescriptor == number)
        let listener = TCPListener(adopting: connected.listener.releaseDescriptor())
        #expect(DescriptorFlags(of: listener.rawDescriptor).isOpen)
      }
      expectOpen(before)
    }
  }

  @Test("A poll, a listener, a connect and an accept say when no descriptor is left, at every step")
  func exhausted() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let listener = try TCPListener(bindingTo: anyPort)
      let address = try listener.localAddress
      #expect(descriptorsNeeded { () throws(IOError) in try Poll() } > 0)
      #expect(descriptorsNeeded { () throws(IOError) in try TCPListener(bindingTo: anyPort) } == 1)
      #expect(descriptorsNeeded { () throws(IOError) in try TCPListener(bindingTo: anyPortV6) } == 1)
      #expect(descriptorsNeeded { () throws(IOError) in try TCPStream(connectingTo: address) } == 1)
      // That connection is in the queue, and stays there while it cannot be accepted.
      try pause(.milliseconds(10))
      #expect(descriptorsNeeded { () throws(IOError) in try ready(listener.accept()) } == 1)
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      let client = try TCPStream(connectingTo: address)
      try pause(.milliseconds(10))
      #expect(descriptorsNeeded { () throws(IOError) in try ready(listener.accept()) } == 1)
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      try client.close()
    }
  }

  @Test("A waker says when no descriptor is left for it")
  func exhaustedByWaker() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let poll = try Poll()
      let needed = descriptorsNeeded { () throws(IOError) in try poll.registry.makeWaker(token: 1) }
      #expect(needed == Backend.descriptorsPerWaker)
    }
  }

  @Test("An accept without a free descriptor gives no event of its own, and succeeds once there is one")
  func acceptAfterExhaustion() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      var loop = try Loop()
      var listener = try TCPListener(bindingTo: anyPort)
      try loop.registry.register(&listener, token: 1, interests: .readable)
      let client = try TCPStream(connectingTo: try listener.localAddress)
      try loop.expect(1, .readable)
      let table = FullTable(leaving: 0)
      var failures: [IOError] = []
      for _ in 0..<3 {
        do throws(IOError) { _ = try listener.accept() } catch { failures.append(error) }
      }
      _ = consume table
      #expect(failures.map(\.kind) == [.tooManyOpenFiles, .tooManyOpenFiles, .tooManyOpenFiles])
      let accepted = try ready(listener.accept())
      #expect(try accepted.peerAddress == client.localAddress)
    }
  }

  @Test("A listener that cannot be made leaves no descriptor behind")
  func failedListener() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let taken = try TCPListener(bindingTo: anyPort)
      let address = try taken.localAddress
      // Of the block that is reserved for documentation, RFC 5737 and 3849; and a link-local address without a link.
      let foreign = try required(SocketAddress("192.0.2.1:0"))
      let foreignV6 = try required(SocketAddress("[2001:db8::1]:0"))
      let linkLocal = try required(SocketAddress("[fe80::1]:0"))
      for _ in 0..<100 {
        expectNoLeak(.addressInUse) { () throws(IOError) in try TCPListener(bindingTo: address) }
        expectNoLeak(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: foreign) }
        expectNoLeak(.addressNotAvailable) { () throws(IOError) in try TCPListener(bindingTo: foreignV6) }
        expectNoLeak(.invalidInput) { () throws(IOError) in try TCPListener(bindingTo: linkLocal) }
      }
    }
  }

  @Test("A connect that fails, at once or later, leaves no descriptor behind")
  func failedConnect() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      // No TCP connection leads to a group; a link-local address needs a link.
      let group = try required(SocketAddress("224.0.0.1:9"))
      let linkLocal = try required(SocketAddress("[fe80::1]:9"))
      for _ in 0..<100 {
        expectNoLeak(.networkUnreachable) { () throws(IOError) in try TCPStream(connectingTo: group) }
        expectNoLeak(.invalidInput) { () throws(IOError) in try TCPStream(connectingTo: linkLocal) }
      }
      for _ in 0..<100 {
        try connectInVain()
      }
      expectOpen(before)
    }
  }

  @Test("A connection whose peer has an address of a foreign family is refused and not leaked")
  func foreignFamily() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      let number = try checked(system_stream_socket(AF_UNIX))
      // Bound to a family alone, a Unix-domain socket gets an address of the system's choice.
      try SystemKernel().bind(number, to: UnixAddress.unnamed)
      try checked(system_listen(number, 8))
      let address: UnixAddress = try SystemKernel().localAddress(of: number)
      try checked(system_add_status_flags(number, O_NONBLOCK))
      let listener = TCPListener(adopting: OwnedDescriptor(adopting: number))
      for _ in 0..<4 {
        let client = try checked(system_stream_socket(AF_UNIX))
        try SystemKernel().connect(client, to: address)
        expectNoLeak(.unsupported) { () throws(IOError) in try listener.accept() }
        close(client)
      }
      expectWouldBlock { () throws(IOError) in try listener.accept() }
      try listener.close()
    }
  }

  @Test("A registration that fails leaves the source open and usable")
  func failedRegistration() async {
    await #expect(processExitsWith: .success) {
      try separateDescriptors()
      var loop = try Loop()
      let other = try Poll()
      var connected = try Connected()
      try loop.registry.register(&connected.server, token: 1, interests: .readable)
      expectNoLeak(.alreadyExists) { () throws(IOError) in
        try other.registry.register(&connected.server, token: 2, interests: .readable)
      }
      expectNoLeak(.notFound) { () throws(IOError) in try loop.registry.deregister(&connected.client) }
      try connected.client.writeFully([1])
      try loop.expect(1, .readable)
      #expect(try connected.server.readFully(1) == [1])
    }
  }
}

/// Connects to an address where nobody listens, and waits for the refusal.
private func connectInVain() throws(IOError) {
  let closed = try TCPListener(bindingTo: anyPort)
  let address = try closed.localAddress
  try closed.close()
  var outcome: IOError?
  do throws(IOError) {
    outcome = try outcomeOfConnecting(to: address)
  } catch {
    // Known at once, which is as good.
    outcome = error
  }
  #expect(outcome?.kind == .connectionRefused)
}

/// Connects, and returns what came of it.
private func outcomeOfConnecting(to address: SocketAddress) throws(IOError) -> IOError? {
  var loop = try Loop()
  var stream = try TCPStream(connectingTo: address)
  try loop.registry.register(&stream, token: 1, interests: .writable)
  try loop.expect(1, .writable)
  return try stream.takePendingError()
}

/// Something that drops values of any type; called through a witness table, so that no optimizer specializes it.
private protocol Bin {
  func drop<T: ~Copyable>(_ value: consuming T)
}

private struct PaperBin: Bin {
  func drop<T: ~Copyable>(_ value: consuming T) {}
}

private struct GlassBin: Bin {
  func drop<T: ~Copyable>(_ value: consuming T) { _ = consume value }
}

#if !hasFeature(Embedded)
private let bins: [any Bin & Sendable] = [PaperBin(), GlassBin()]
#endif

/// Has a listener and both ends of a connection dropped.
private func fill<B: Bin>(_ bin: B) throws(IOError) {
  let listener = try TCPListener(bindingTo: anyPort)
  let client = try TCPStream(connectingTo: try listener.localAddress)
  let accepted = try listener.acceptWhenReady()
  bin.drop(listener)
  bin.drop(Optional.some(client))
  bin.drop(accepted)
}

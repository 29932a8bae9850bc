import CSystem
import MetalCore
import MetalSystem
import Testing

/// What touches the process, or ends it: each test runs in a process of its own.
@Suite("TCP: processes", .backend)
struct TCPProcessTests {
  #if !METAL_WINDOWS
  @Test("TCP-29 Writing to a peer that has closed fails, and the process survives with SIGPIPE's default action")
  func survivesABrokenPipe() async {
    await #expect(processExitsWith: .success) { try writeToClosedPeers(buffers: 1) }
    await #expect(processExitsWith: .success) { try writeToClosedPeers(buffers: 2) }
  }

  @Test("TCP-29 The test above can fail: SIGPIPE's default action ends the process that raises it")
  func doesNotSurviveASignal() async {
    await #expect(processExitsWith: .signal(SIGPIPE)) {
      system_set_default_action(SIGPIPE)
      let ends = try Connected()
      try ends.client.shutdown(.write)
      // Safety: the call reads the array's three bytes.
      _ = unsafe system_write(ends.client.rawDescriptor, [1, 2, 3], 3)
    }
  }
  #endif

  @Test("A source whose poll is gone gives its descriptor out without having been deregistered")
  func releaseAfterThePollIsGone() throws(IOError) {
    var listener = try TCPListener(bindingTo: anyPort)
    try registerWithAPollThatEnds(&listener)
    let descriptor = listener.rawDescriptor
    let owned = listener.releaseDescriptor()
    #expect(owned.rawDescriptor == descriptor)
  }

  @Test("Adopting a negative number traps, and says what to do")
  func adoptionOfANegativeNumber() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let owned = OwnedDescriptor(adopting: -1)
      exit(owned.rawDescriptor < 0 ? 0 : 1)
    }
    expectTrap(result, "-1 is not a descriptor. Check the result of the call that made it before adopting.")
  }

  #if !METAL_WINDOWS
  @Test("Closing what is closed already throws, and dropping it does not")
  func closeErrors() async {
    await #expect(processExitsWith: .success) {
      try closeWhatIsClosed()
    }
  }

  @Test("Closed, dropped or failed, no listener and no stream leaves its socket open")
  func noSocketLeaks() async {
    await #expect(processExitsWith: .success) {
      try makeAndDrop()
      let before = openSockets()
      for _ in 0..<20 { try makeAndDrop() }
      let after = openSockets()
      #expect(after == before, "open before: \(before), after: \(after)")
    }
  }
  #endif
}

#if !METAL_WINDOWS
/// Writes to a peer that has closed, with the default action for SIGPIPE, which it leaves in place.
private func writeToClosedPeers(buffers: Int) throws(IOError) {
  system_set_default_action(SIGPIPE)
  let ends = try Connected()
  let server = ends.server
  var client = ends.client
  var loop = try Loop(watching: &client, token: 1, interests: .writable)
  try server.close()
  let failure = try loop.writeUntilItFails(client, token: 1, buffers: buffers)
  #expect(failure == .brokenPipe || failure == .connectionReset)
  // After the first error the connection is certainly broken: this is what raises the signal.
  #expect(try loop.writeUntilItFails(client, token: 1, buffers: buffers) == .brokenPipe)
  #expect(system_has_default_action(SIGPIPE))
}
#endif

private func registerWithAPollThatEnds(_ listener: inout TCPListener) throws(IOError) {
  let loop = try Loop()
  try loop.registry.register(&listener, token: 1, interests: .readable)
}

#if !METAL_WINDOWS
/// Closes sources behind their backs, and then explicitly or by dropping them.
private func closeWhatIsClosed() throws(IOError) {
  let ends = try Connected()
  let stream = TCPStream(adopting: try adoptClosedDescriptor())
  #expect(errorOf(closing: stream)?.kind == .badDescriptor)
  let listener = TCPListener(adopting: try adoptClosedDescriptor())
  #expect(errorOf(closing: listener)?.kind == .badDescriptor)
  let dropped = TCPStream(adopting: try adoptClosedDescriptor())
  expectError(.badDescriptor) { () throws(IOError) in try dropped.localAddress }
  try ends.client.writeFully([1])
  #expect(try ends.server.readFully(1) == [1])
}

/// Takes over a descriptor that is closed already, of a number too high to be issued again meanwhile.
private func adoptClosedDescriptor() throws(IOError) -> OwnedDescriptor {
  let ends = try Connected()
  let number = try checked(system_duplicate(ends.client.rawDescriptor, 900))
  close(number)
  return OwnedDescriptor(adopting: number)
}

private func errorOf(closing stream: consuming TCPStream) -> IOError? {
  do throws(IOError) {
    try stream.close()
    return nil
  } catch {
    return error
  }
}

private func errorOf(closing listener: consuming TCPListener) -> IOError? {
  do throws(IOError) {
    try listener.close()
    return nil
  } catch {
    return error
  }
}

/// Makes sources of every kind and way to end, and lets them all go.
private func makeAndDrop() throws(IOError) {
  let ends = try Connected()
  let address = try ends.listener.localAddress
  expectError(.addressInUse) { () throws(IOError) in try TCPListener(bindingTo: address) }
  let client = try TCPStream(connectingTo: address)
  let accepted = try ends.listener.acceptWhenReady()
  var loop = try Loop()
  var registered = accepted.stream
  try loop.registry.register(&registered, token: 1, interests: [.readable, .writable])
  try client.close()
  try loop.expect(1, .readClosed)
}

/// The numbers of this process's sockets; descriptors of other kinds come and go with the testing library's threads.
private func openSockets() -> [Int32] {
  (0..<1024).filter { system_is_socket($0) }
}
#endif

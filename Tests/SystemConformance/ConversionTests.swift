import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("FD: owned descriptors", .backend)
struct ConversionTests {
  #if !METAL_WINDOWS
  @Test("FD-06 An owned descriptor is closed by close() and by being dropped, and not once it was released")
  func closes() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      try UnixStream.pair().takeFirst().releaseDescriptor().close()
      expectOpen(before)
      drop(try UnixStream.pair().takeFirst().releaseDescriptor())
      expectOpen(before)
      let number = try UnixStream.pair().takeFirst().releaseDescriptor().release()
      #expect(DescriptorFlags(of: number).isOpen)
      #expect(close(number) == 0)
      expectOpen(before)
    }
  }

  @Test("FD-06 Wrapping a descriptor, and taking it out, moves ownership and nothing else, for every type")
  func moves() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      for isNonBlocking in [true, false] {
        try expectMoved(isNonBlocking) { () throws(IOError) in try TCPListener(bindingTo: anyPort) }
        try expectMoved(isNonBlocking) { () throws(IOError) in try Connected().takeClient() }
        try expectMoved(isNonBlocking) { () throws(IOError) in try UDPSocket(bindingTo: anyPort) }
        let folder = try TemporaryFolder()
        let address = try folder.address()
        try expectMoved(isNonBlocking) { () throws(IOError) in try UnixListener(bindingTo: address) }
        try expectMoved(isNonBlocking) { () throws(IOError) in try UnixStream.pair().takeFirst() }
        try expectMoved(isNonBlocking) { () throws(IOError) in try UnixDatagramSocket() }
        try expectMoved(isNonBlocking) { () throws(IOError) in try PipeEnds().takeReader() }
        try expectMoved(isNonBlocking) { () throws(IOError) in try PipeEnds().takeWriter() }
      }
      expectOpen(before)
    }
  }
  #endif

  @Test(
    "Unix-domain sockets and pipe ends are no larger than two 32-bit words either",
    .enabled(if: Backend.hasSmallSources))
  func layout() {
    #expect(MemoryLayout<UnixListener>.size <= 8)
    #expect(MemoryLayout<UnixStream>.size <= 8)
    #expect(MemoryLayout<UnixDatagramSocket>.size <= 8)
    #expect(MemoryLayout<PipeReader>.size <= 8)
    #expect(MemoryLayout<PipeWriter>.size <= 8)
    #expect(MemoryLayout<PipeEnds>.size <= 16)
  }

  @Test("FD-10 Taking the descriptor out of a registered TCP or UDP source traps, and says what to do")
  func registeredInternet() async {
    let stream = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try Connected().takeClient() }
    }
    expectTrap(stream, sentence)
    let listener = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try TCPListener(bindingTo: anyPort) }
    }
    expectTrap(listener, sentence)
    let socket = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try UDPSocket(bindingTo: anyPort) }
    }
    expectTrap(socket, sentence)
  }

  #if !METAL_WINDOWS
  @Test("FD-10 Taking the descriptor out of a registered Unix-domain source traps, and says what to do")
  func registeredUnix() async {
    let stream = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try UnixStream.pair().takeFirst() }
    }
    expectTrap(stream, sentence)
    let listener = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegisteredListener()
    }
    expectTrap(listener, sentence)
    let socket = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try UnixDatagramSocket() }
    }
    expectTrap(socket, sentence)
  }

  @Test("FD-10 Taking the descriptor out of a registered end of a pipe traps, and says what to do")
  func registeredPipe() async {
    let reader = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try PipeEnds().takeReader() }
    }
    expectTrap(reader, sentence)
    let writer = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try releaseRegistered { () throws(IOError) in try PipeEnds().takeWriter() }
    }
    expectTrap(writer, sentence)
  }
  #endif
}

private let sentence = "is still registered. Deregister its source before the release."

#if !METAL_WINDOWS
/// Takes the descriptor out, wraps it again, and expects that nothing else has happened to it.
private func expectMoved<T: DescriptorSource<Selector> & ~Copyable>(
  _ isNonBlocking: Bool, _ make: () throws(IOError) -> T
) throws(IOError) {
  let source = try make()
  let number = source.rawDescriptor
  if !isNonBlocking { try SystemKernel().setNonBlocking(false, of: number) }
  let flags = DescriptorFlags(of: number)
  #expect(flags.isOpen && flags.isNonBlocking == isNonBlocking)
  let open = openDescriptors()
  let owned = source.releaseDescriptor()
  #expect(owned.rawDescriptor == number)
  #expect(DescriptorFlags(of: number) == flags)
  expectOpen(open)
  let again = T(adopting: owned)
  #expect(again.rawDescriptor == number)
  #expect(DescriptorFlags(of: number) == flags)
  expectOpen(open)
  // What was not registered any more is no obstacle; without anybody to own it, it stays open.
  let last = again.releaseDescriptor().release()
  #expect(last == number)
  #expect(DescriptorFlags(of: number) == flags)
  expectOpen(open)
  close(last)
}
#endif

private func releaseRegistered<T: DescriptorSource<Selector> & ~Copyable>(
  _ make: () throws(IOError) -> T
) throws(IOError) {
  let poll = try Poll()
  var source = try make()
  try poll.registry.register(&source, token: 1, interests: [.readable, .writable])
  _ = source.releaseDescriptor().rawDescriptor
  // Without its poll the source would count as unregistered.
  withExtendedLifetime(poll) {}
}

#if !METAL_WINDOWS
private func releaseRegisteredListener() throws(IOError) {
  try releaseRegistered { () throws(IOError) in
    // The folder goes before the trap, which would leave it behind.
    let folder = try TemporaryFolder()
    return try UnixListener(bindingTo: folder.address())
  }
}
#endif

extension Connected {
  fileprivate consuming func takeClient() -> TCPStream { client }
}

extension Pair where First: ~Copyable, Second: ~Copyable {
  fileprivate consuming func takeFirst() -> First { first }
}

extension MetalCore.PipeEnds {
  fileprivate consuming func takeReader() -> S.PipeReader { reader }
  fileprivate consuming func takeWriter() -> S.PipeWriter { writer }
}

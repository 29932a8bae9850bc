import CMetalSystem
import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalAFD

private let message = Array("Hello, pipe".utf8)

@Suite("NPIPE: the end of a pipe", .backend)
struct NamedPipeEndTests {
  @Test("NPIPE-19 Bytes that a write has taken arrive, even if the pipe is dropped before the other end reads them")
  func dropsWhileWriting() throws(IOError) {
    try warmUp()
    let before = system_handle_count()
    for isClosed in [false, true] {
      var loop = try Loop()
      let ends = try NamedPipeEnds(registeredWith: &loop)
      let server = ends.server
      let client = ends.client
      let total = try server.flood()
      #expect(server.bufferedByteCount > 0)
      if isClosed { server.close() } else { _ = consume server }
      var count = 0
      try loop.run { _ throws(IOError) in
        while let bytes = try client.readOnce() {
          if bytes.isEmpty { return true }
          count += bytes.count
        }
        return false
      }
      #expect(count == total)
      #expect(loop.pipes == 1)
      client.close()
      try loop.expectQuiet(.milliseconds(5))
      #expect(loop.pipes == 0)
    }
    #expect(system_handle_count() == before)
  }

  @Test("NPIPE-20 A pipe that is dropped with any operation under way is not reported again, and leaves no handle")
  func dropsWhileUnderWay() throws(IOError) {
    try warmUp()
    let before = system_handle_count()
    var loop = try Loop()
    for round in 0..<30 {
      var server = try NamedPipe(creating: unusedPipeName())
      try loop.registry.register(&server, token: 1, interests: [.readable, .writable])
      #expect(try !server.connect())
      if round % 2 == 0 { try loop.expectQuiet(.milliseconds(1)) }
      server.close()
      let ends = try NamedPipeEnds(registeredWith: &loop)
      let writer = ends.server
      let reader = ends.client
      #expect(try writer.flood() > 0)
      if round % 3 == 0 { #expect(try reader.readOnce(upTo: 100)?.count == 100) }
      // The program may drop either end first.
      if round % 2 == 0 {
        writer.close()
        reader.close()
      } else {
        reader.close()
        writer.close()
      }
      try loop.expectQuiet(.milliseconds(1))
    }
    try loop.expectQuiet()
    #expect(loop.pipes == 0)
    _ = consume loop
    #expect(system_handle_count() == before)
  }

  @Test("NPIPE-21 A poll may end before its pipes: pipes can still read, but neither write nor register again")
  func pollEndsFirst() throws(IOError) {
    try warmUp()
    let before = system_handle_count()
    for _ in 0..<20 {
      var loop = try Loop()
      var ends = try NamedPipeEnds(registeredWith: &loop)
      var waiting = try NamedPipe(creating: unusedPipeName())
      try loop.registry.register(&waiting, token: 3, interests: [.readable, .writable])
      #expect(try !waiting.connect())
      #expect(try ends.client.write(message.span) == message.count)
      #expect(try ends.server.flood() > 0)
      _ = consume loop
      #expect(ends.server.bufferedByteCount == 0)
      #expect(try ends.server.readOnce() == message)
      #expect(try ends.server.readOnce() == nil)
      #expect(try !waiting.connect())
      expectError(.unsupported) { () throws(IOError) in try ends.client.write(message.span) }
      let other = try Loop()
      expectError(.alreadyExists) { () throws(IOError) in
        try other.registry.register(&ends.client, token: 1, interests: .readable)
      }
    }
    #expect(system_handle_count() == before)
  }

  @Test("NPIPE-22 A poll may end after a pipe that was dropped during a write, and discards the bytes of the write")
  func pollEndsWhileWriting() throws(IOError) {
    try warmUp()
    let before = system_handle_count()
    for _ in 0..<20 {
      var loop = try Loop()
      let ends = try NamedPipeEnds(registeredWith: &loop)
      let server = ends.server
      let client = ends.client
      #expect(try server.flood() > 0)
      server.close()
      // The list of pipes outlives the selector, but its last pipe ends with the selector.
      let pipes = loop.registry.selector.pipes
      _ = consume loop
      #expect(pipes.count == 1)
      _ = try client.drain()
      #expect(try client.readOnce() == [])
    }
    #expect(system_handle_count() == before)
  }

  @Test("NPIPE-23 A thousand connections of one instance, and a thousand pipes, leave no handle behind")
  func handles() throws(IOError) {
    try warmUp()
    let before = system_handle_count()
    try cycle(1000)
    let name = unusedPipeName()
    var server = try NamedPipe(creating: name)
    var loop = try Loop(watching: &server, token: 1, interests: [.readable, .writable])
    var connections = 0
    for _ in 0..<1000 {
      if try !server.connect() {
        connections += 1
        let client = try NamedPipe(connectingTo: name)
        try loop.expect(1, .writable)
        #expect(try server.write(message.span) == message.count)
        #expect(try client.readOnce() == message)
      }
      try server.disconnect()
    }
    #expect(connections == 1000)
    server.close()
    try loop.expectQuiet(.milliseconds(1))
    #expect(loop.pipes == 0)
    _ = consume loop
    #expect(system_handle_count() == before)
  }

  @Test("NPIPE-24 Other threads may drop pipes while the poll waits")
  func dropsOnOtherThreads() throws(IOError) {
    var loop = try Loop()
    let registry = loop.registry
    let waker = try registry.makeWaker(token: 9)
    try runThreads(2) { _ in
      recordingErrors { () throws(IOError) in
        for round in 0..<100 {
          var ends = try NamedPipeEnds()
          try registry.register(&ends.server, token: 1, interests: [.readable, .writable])
          try registry.register(&ends.client, token: 2, interests: .readable)
          #expect(try ends.server.write(message.span) == message.count)
          if round % 2 == 0 { #expect(try ends.client.readOnce() == message) }
        }
        try waker.wake()
      }
    } _: { () throws(IOError) in
      var isWoken = false
      for _ in 0..<500 where !isWoken {
        let batch = try loop.wait(.milliseconds(20))
        #expect(batch.allSatisfy { $0.token == 1 || $0.token == 2 || $0.token == 9 } as Bool)
        isWoken = batch.contains { $0.token == 9 }
      }
      #expect(isWoken)
    }
    _ = try loop.gatherUntilQuiet()
    #expect(loop.pipes == 0)
  }

  @Test("NPIPE-27 Child processes inherit no handle of a pipe")
  func inheritance() throws(IOError) {
    try warmUp()
    let (inherited, open) = (system_inherited_count(), system_handle_count())
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop)
    #expect(system_handle_count() >= open + 4)
    #expect(system_inherited_count() == inherited)
    #expect(!system_is_inherited(ends.server.rawHandle) && !system_is_inherited(ends.client.rawHandle))
  }

  @Test("NPIPE-28 If something writes to an operation that is not under way, the program stops")
  func writtenLater() async {
    await #expect(processExitsWith: .failure) {
      ignoringErrors { () throws(IOError) in
        var loop = try Loop()
        let ends = try NamedPipeEnds(registeredWith: &loop)
        ends.server.state.core.withState { core in core.writeToFreeOperation() }
        _ = try ends.server.write(message.span)
      }
    }
  }

  @Test("NPIPE-28 If an operation completes twice, the program stops")
  func completedTwice() async {
    await #expect(processExitsWith: .failure) {
      ignoringErrors { () throws(IOError) in
        var loop = try Loop()
        let ends = try NamedPipeEnds(registeredWith: &loop)
        _ = try ends.server.write(message.span)
        _ = try loop.gatherUntilQuiet()
        try ends.server.state.core.withState { core throws(IOError) in try core.completeFreeOperation() }
        _ = try loop.wait(.zero)
      }
    }
  }

  @Test("NPIPE-29 A wait without a timeout passes over completions of dropped pipes, however little room there is")
  func room() throws(IOError) {
    for _ in 0..<10 {
      var loop = try Loop(capacity: 1)
      let first = try NamedPipeEnds(registeredWith: &loop)
      let second = try NamedPipeEnds(registeredWith: &loop)
      let waker = try loop.registry.makeWaker(token: 7)
      _ = try loop.gatherUntilQuiet()
      // The completions of four reads are in the queue before the waker's.
      _ = consume first
      _ = consume second
      try waker.wake()
      #expect(try loop.wait(.zero).map(\.token) == [7])
    }
  }

  /// Opens the handles that the process keeps after its first pipe and its first poll.
  private func warmUp() throws(IOError) { try cycle(2) }

  private func cycle(_ count: Int) throws(IOError) {
    var loop = try Loop()
    for _ in 0..<count {
      let ends = try NamedPipeEnds(registeredWith: &loop)
      #expect(try ends.server.write(message.span) == message.count)
      #expect(try ends.client.readOnce() == message)
    }
    try loop.expectQuiet(.milliseconds(1))
  }
}

extension NamedPipeCore {
  /// Writes to the memory of the operation for writing, as a faulty kernel would.
  fileprivate func writeToFreeOperation() {
    // Safety: the memory lives as long as the pipe.
    unsafe memory(of: .write).pointee.status = 0
  }

  /// Queues the completion of the operation for writing, as a faulty kernel would.
  fileprivate func completeFreeOperation() throws(IOError) {
    guard case .port(let port) = link, let client = unsafe client else { return }
    // Safety: the code uses only the addresses.
    let (key, context) = unsafe (UInt(bitPattern: client.toOpaque()), UInt(bitPattern: memory(of: .write)))
    try SystemKernel.check(metal_port_post(port.port, key, context))
  }
}

extension Loop {
  /// The number of pipes that the program has or that wait for a completion.
  fileprivate var pipes: Int { registry.selector.pipes.count }
}

import CSystem
import MetalAFD
import MetalCore
import Testing

@Suite("NPIPE: many bytes", .backend)
struct NamedPipeFlowTests {
  @Test("NPIPE-15 A megabyte crosses in both directions at once, unchanged", arguments: [1, 1000, 16_384, 300_000])
  func bothDirections(bufferSize: Int) throws(IOError) {
    var options = NamedPipeOptions()
    options.writeBufferByteCount = bufferSize
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop, options: options)
    let count = bufferSize == 1 ? 1 << 12 : 1 << 20
    var up = NamedPipeTransfer(count: count, seed: 1)
    var down = NamedPipeTransfer(count: count, seed: 2)
    // Each end moves bytes once at the beginning, and after that only for an event.
    try up.send(to: ends.client)
    try down.send(to: ends.server)
    try loop.run { events throws(IOError) in
      var events = copy events
      while let event = events.popFirst() {
        if event.token == 1 {
          if event.isReadable { try up.receive(from: ends.server) }
          if event.isWritable { try down.send(to: ends.server) }
        } else {
          if event.isReadable { try down.receive(from: ends.client) }
          if event.isWritable { try up.send(to: ends.client) }
        }
      }
      return up.isDone && down.isDone
    }
    #expect(up.received == up.bytes)
    #expect(down.received == down.bytes)
    #expect(max(up.mostBuffered, down.mostBuffered) <= bufferSize)
    _ = try loop.gatherUntilQuiet()
    #expect(ends.client.bufferedByteCount == 0 && ends.server.bufferedByteCount == 0)
  }

  @Test("NPIPE-16 A writer that is faster than its reader would block, and holds no more bytes than its buffer takes")
  func backPressure() throws(IOError) {
    var options = NamedPipeOptions()
    options.systemBufferByteCount = 8192
    options.writeBufferByteCount = 4096
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop, options: options)
    var total = try ends.client.flood()
    #expect(total >= 4096 && total <= 65_536)
    for _ in 0..<20 {
      let buffered = ends.client.bufferedByteCount
      #expect(buffered > 0 && buffered <= 4096)
      expectWouldBlock { () throws(IOError) in try ends.client.write([1].span) }
      let events = try loop.gatherUntilQuiet()
      #expect(!events.contains { $0.isWritable } as Bool)
      total -= try ends.server.drain()
      #expect(total == 0)
      try loop.expect(2, .writable)
      #expect(ends.client.bufferedByteCount == 0)
      total = try ends.client.flood()
    }
  }

  @Test("NPIPE-26 After a write that took all its bytes, an event reports writable only if the program asked")
  func exactWrites() throws(IOError) {
    var options = NamedPipeOptions()
    options.systemBufferByteCount = 4096
    options.writeBufferByteCount = 4096
    let block = [UInt8](repeating: 1, count: 4096)
    for round in 0..<3 {
      var loop = try Loop()
      var ends = try NamedPipeEnds(registeredWith: &loop, options: options)
      var total = 0
      while ends.client.bufferedByteCount == 0 {
        #expect(try ends.client.write(block.span) == block.count)
        total += block.count
      }
      #expect(ends.client.bufferedByteCount == block.count)
      // The program asks by a write that would block, or by registering.
      if round == 1 { #expect(try ends.client.write(block.span) == nil) }
      if round == 2 { try loop.registry.reregister(&ends.client, token: 2, interests: .writable) }
      try loop.expect(1, .readable)
      #expect(try ends.server.drain() == total)
      let events = try loop.gatherUntilQuiet()
      #expect(events.contains { $0.token == 2 && $0.isWritable } == (round > 0), "\(events)")
      #expect(ends.client.bufferedByteCount == 0)
      #expect(try ends.client.write(block.span) == block.count)
    }
  }

  @Test("NPIPE-17 The two ends of a pipe may be in two polls, on two threads")
  func twoPolls() throws(IOError) {
    let name = unusedPipeName()
    let count = 1 << 20
    var server = try NamedPipe(creating: name)
    var loop = try Loop(watching: &server, token: 1, interests: [.readable, .writable])
    #expect(try !server.connect())
    try runThreads(1) { _ in
      recordingErrors { () throws(IOError) in
        var client = try NamedPipe(connectingTo: name)
        var loop = try Loop(watching: &client, token: 2, interests: [.readable, .writable])
        var down = NamedPipeTransfer(count: count, seed: 2)
        var up = NamedPipeTransfer(count: count, seed: 1)
        try loop.run { _ throws(IOError) in
          try down.receive(from: client)
          try up.send(to: client)
          return down.isDone && up.isSent
        }
        #expect(down.received == down.bytes)
        // The client is dropped, perhaps before the server has read the last bytes. The client's poll is dropped later.
        try loop.run { _ in client.bufferedByteCount == 0 }
      }
    } _: { () throws(IOError) in
      var up = NamedPipeTransfer(count: count, seed: 1)
      var down = NamedPipeTransfer(count: count, seed: 2)
      try loop.run { _ throws(IOError) in
        try down.send(to: server)
        try up.receive(from: server)
        return up.isDone && down.isSent
      }
      #expect(up.received == up.bytes)
      try loop.run { _ throws(IOError) in try server.readOnce() == [] }
    }
  }

  @Test("NPIPE-18 One thread may write to a pipe while another reads from it and waits")
  func threads() throws(IOError) {
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop)
    let server = Shared(ends.server)
    let client = ends.client
    let count = 1 << 19
    try runThreads(1) { _ in
      recordingErrors { () throws(IOError) in
        var down = NamedPipeTransfer(count: count, seed: 2)
        while !down.isSent {
          try down.send(to: server.value)
          system_sleep(0)
        }
      }
    } _: { () throws(IOError) in
      var up = NamedPipeTransfer(count: count, seed: 1)
      var down = NamedPipeTransfer(count: count, seed: 2)
      try loop.run { _ throws(IOError) in
        try up.send(to: client)
        try up.receive(from: server.value)
        try down.receive(from: client)
        return up.isDone && down.isDone
      }
      #expect(up.received == up.bytes && down.received == down.bytes)
    }
  }
}

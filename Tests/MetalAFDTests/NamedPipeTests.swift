import MetalAFD
import MetalCore
import Testing

private let message = Array("Hello, pipe".utf8)

@Suite("NPIPE: named pipes", .backend)
struct NamedPipeTests {
  @Test("NPIPE-01 A client connects by the server's name; invalid names and sizes out of range are refused")
  func names() throws(IOError) {
    let name = unusedPipeName()
    expectError(.notFound) { () throws(IOError) in try NamedPipe(connectingTo: name) }
    let server = try NamedPipe(creating: name)
    let client = try NamedPipe(connectingTo: name)
    #expect(server.rawHandle != client.rawHandle)
    let long = #"\\.\pipe\"# + String(repeating: "n", count: 600)
    for name in ["", "x", #"\\.\pipe\"#, #"\\.\pipe\a\b"#, #"\\.\file\a"#, #"C:\a"#, "\\\\.\\pipe\\a\0b", long] {
      expectError(.invalidInput) { () throws(IOError) in try NamedPipe(creating: name) }
      expectError(.invalidInput) { () throws(IOError) in try NamedPipe(connectingTo: name) }
    }
    for size in [0, -1, 1 << 31] {
      var options = NamedPipeOptions()
      options.writeBufferByteCount = size
      expectError(.invalidInput) { () throws(IOError) in try NamedPipe(creating: unusedPipeName(), options: options) }
      options = NamedPipeOptions()
      options.systemBufferByteCount = size
      expectError(.invalidInput) { () throws(IOError) in try NamedPipe(creating: unusedPipeName(), options: options) }
    }
    for count in [0, -1, 255] {
      var options = NamedPipeOptions()
      options.maximumInstances = count
      expectError(.invalidInput) { () throws(IOError) in try NamedPipe(creating: unusedPipeName(), options: options) }
    }
  }

  @Test("The server of the documentation waits for its client")
  func documented() throws(IOError) {
    let poll = try Poll()
    var pipe = try NamedPipe(creating: #"\\.\pipe\example"#)
    try poll.registry.register(&pipe, token: 1, interests: [.readable, .writable])
    if try pipe.connect() {
      Issue.record("a client has come")
    }
  }

  @Test("NPIPE-02 A server waits for a client without blocking, and an event reports writable when one has come")
  func connects() throws(IOError) {
    let name = unusedPipeName()
    var server = try NamedPipe(creating: name)
    var loop = try Loop(watching: &server, token: 1, interests: [.readable, .writable])
    try loop.expectQuiet()
    for _ in 0..<2 { #expect(try !server.connect()) }
    #expect(try server.readOnce() == nil)
    #expect(try server.write(message.span) == nil)
    try loop.expectQuiet()
    let client = try NamedPipe(connectingTo: name)
    let events = try loop.expect(1, .writable)
    #expect(events.count == 1 && events.allSatisfy { !$0.isReadable && !$0.isError && !$0.isReadClosed } as Bool)
    #expect(server.takePendingError() == nil)
    for _ in 0..<3 { #expect(try server.connect()) }
    try loop.expectQuiet()
    #expect(try server.write(message.span) == message.count)
    #expect(try client.readOnce() == message)
  }

  @Test("NPIPE-03 A client may come before the server asks for it, and may leave again")
  func comesFirst() throws(IOError) {
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop)
    #expect(try ends.server.connect())
    #expect(try ends.client.write(message.span) == message.count)
    let server = ends.server
    ends.client.close()
    _ = try loop.gatherUntilQuiet()
    #expect(try server.connect())
    #expect(try server.readOnce() == message)
    #expect(try server.readOnce() == [])
  }

  @Test("NPIPE-04 A readable event comes once, and again after a read that would block or that took fewer bytes")
  func edges() throws(IOError) {
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop)
    #expect(try ends.client.write(message.span) == message.count)
    var events = try loop.gatherUntilQuiet()
    #expect(events.count == 1 && events.allSatisfy { $0.token == 1 && $0.isReadable } as Bool)
    // Without a read there is no new event.
    #expect(try ends.client.write(message.span) == message.count)
    try loop.expectQuiet()
    #expect(try ends.server.readOnce(upTo: 4) == Array(message[..<4]))
    try loop.expectQuiet()
    #expect(try ends.server.drain() == 2 * message.count - 4)
    try loop.expectQuiet()
    // A read that took fewer bytes than asked counts as a read that would block.
    for _ in 0..<3 {
      #expect(try ends.client.write(message.span) == message.count)
      events = try loop.gatherUntilQuiet()
      #expect(events.count == 1 && events.allSatisfy { $0.token == 1 && $0.isReadable } as Bool)
      #expect(try ends.server.readOnce() == message)
    }
    try loop.expectQuiet()
  }

  @Test("NPIPE-05 Registering and reregistering report the conditions that hold")
  func reports() throws(IOError) {
    var loop = try Loop()
    var ends = try NamedPipeEnds(registeredWith: &loop)
    #expect(try ends.client.write(message.span) == message.count)
    try loop.expect(1, .readable)
    for token in [3, 4] as [Token] {
      try loop.registry.reregister(&ends.server, token: token, interests: [.readable, .writable])
      let events = try loop.gatherUntilQuiet()
      #expect(events.count == 1 && events.allSatisfy { $0.token == token } as Bool)
      #expect(events.allSatisfy { $0.isReadable && $0.isWritable } as Bool)
    }
    try loop.registry.reregister(&ends.server, token: 5, interests: .writable)
    let events = try loop.gatherUntilQuiet()
    #expect(events.count == 1 && events.allSatisfy { $0.isWritable && !$0.isReadable } as Bool)
    try loop.registry.deregister(&ends.server)
    #expect(try ends.client.write(message.span) == message.count)
    try loop.expectQuiet()
    try loop.registry.register(&ends.server, token: 6, interests: .readable)
    try loop.expect(6, .readable)
    #expect(try ends.server.drain() == 2 * message.count)
    // While a write is under way, only its completion makes the pipe writable.
    let total = try ends.client.flood()
    try loop.expect(6, .readable)
    for token in [7, 8] as [Token] {
      try loop.registry.reregister(&ends.client, token: token, interests: .writable)
      try loop.expectQuiet(.milliseconds(5))
    }
    #expect(try ends.server.drain() == total)
    try loop.expect(8, .writable)
  }

  @Test("NPIPE-06 A pipe belongs to one poll for ever, and has the rules of registration of every source")
  func registration() throws(IOError) {
    var loop = try Loop()
    var other = try Loop()
    var pipe = try NamedPipe(creating: unusedPipeName())
    expectError(.unsupported) { () throws(IOError) in
      try loop.registry.register(&pipe, token: 1, interests: [.readable, .priority])
    }
    expectError(.notFound) { () throws(IOError) in
      try loop.registry.reregister(&pipe, token: 1, interests: .readable)
    }
    expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&pipe) }
    try loop.registry.register(&pipe, token: 1, interests: .readable)
    for _ in 0..<2 {
      expectError(.alreadyExists) { () throws(IOError) in
        try loop.registry.register(&pipe, token: 1, interests: .readable)
      }
      expectError(.alreadyExists) { () throws(IOError) in
        try other.registry.register(&pipe, token: 1, interests: .readable)
      }
      expectError(.notFound) { () throws(IOError) in
        try other.registry.reregister(&pipe, token: 1, interests: .readable)
      }
      expectError(.notFound) { () throws(IOError) in try other.registry.deregister(&pipe) }
      try loop.registry.deregister(&pipe)
      expectError(.alreadyExists) { () throws(IOError) in
        try other.registry.register(&pipe, token: 1, interests: .readable)
      }
      try loop.registry.register(&pipe, token: 1, interests: .readable)
    }
    try loop.expectQuiet(.milliseconds(5))
    try other.expectQuiet(.milliseconds(5))
  }

  @Test("NPIPE-07 A pipe that was never registered reads, looks for a client once, and would block on each write")
  func unregistered() throws(IOError) {
    let name = unusedPipeName()
    let server = try NamedPipe(creating: name)
    #expect(try !server.connect())
    #expect(try !server.connect())
    #expect(try server.readOnce() == nil)
    var client = try NamedPipe(connectingTo: name)
    #expect(try server.connect())
    #expect(try server.write(message.span) == nil)
    let loop = try Loop(watching: &client, token: 2, interests: .writable)
    #expect(try client.write(message.span) == message.count)
    #expect(try server.readOnce(upTo: 5) == Array(message[..<5]))
    #expect(try server.readOnce() == Array(message[5...]))
    #expect(try server.readOnce() == nil)
    client.close()
    #expect(try server.readOnce() == [])
    _ = consume loop
  }

  @Test("NPIPE-08 Each form of reading and writing moves the same bytes")
  func forms() throws(IOError) {
    var loop = try Loop()
    let ends = try NamedPipeEnds(registeredWith: &loop)
    let (first, second): ([UInt8], [UInt8]) = ([1, 2, 3], [4, 5, 6, 7, 8])
    for form in 0..<3 {
      var storage = IOVectorStorage<2>()
      var vector = storage.makeVector()
      vector.append(first.span)
      vector.append(second.span)
      #expect(try ends.client.write(vector) == 8)
      var (head, tail): ([UInt8], [UInt8]) = ([0, 0, 0, 0, 0], [0, 0, 0, 0])
      switch form {
      case 0:
        var buffers = storage.makeMutableVector()
        buffers.append(head.mutableSpan)
        buffers.append(tail.mutableSpan)
        #expect(try ends.server.read(into: buffers) == 8)
        #expect(head + tail == first + second + [0])
      case 1:
        let all = try [UInt8](capacity: 10) { span throws(IOError) in
          #expect(try ends.server.read(appendingTo: &span) == 8)
        }
        #expect(all == first + second)
      default:
        var all: [UInt8] = [9]
        #expect(try ends.server.read(appendingTo: &all, atMost: 20) == 8)
        #expect(all == [9] + first + second)
      }
      #expect(try ends.server.readOnce() == nil)
    }
    #expect(try ends.client.write([UInt8]().span) == 0)
  }
}

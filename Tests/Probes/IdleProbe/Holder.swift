import ExampleSupport
import Glibc
import MetalIO

/// How many connections the holder opens before it waits until they were accepted: less than any system's backlog.
let batch = 64

/// Starts a process that runs ``hold(_:connectionsTo:)``.
func startHolder(_ count: Int, connectionsTo port: UInt16) -> pid_t {
  let words = [CommandLine.arguments[0], "--hold", "\(port)", "--count", "\(count)"]
  var process = pid_t()
  // Safety: the strings and the array that ends with nil outlive the call; the strings are freed after it.
  var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
  let result = unsafe posix_spawn(&process, words[0], nil, nil, &arguments, environ)
  unsafe arguments.forEach { unsafe free($0) }
  guard result == 0 else { fail("idle-probe: posix_spawn returned \(result)") }
  return process
}

/// Waits until a process has ended, which must be with status 0.
func wait(for process: pid_t) {
  var status: Int32 = 0
  // Safety: the call writes to the local only.
  guard unsafe waitpid(process, &status, 0) == process, status == 0 else {
    fail("idle-probe: the holder of the idle connections failed")
  }
}

/// Opens a connection for control and many more, which stay silent until the control says otherwise.
///
/// The control connection brings a byte for each batch that was accepted, and one more when all shall speak. When it
/// ends, so does this.
func hold(_ count: Int, connectionsTo port: UInt16) throws(IOError) {
  let address = SocketAddress(IPv4Address.loopback, port: port)
  var control = try Control(connectingTo: address)
  var connections = Slab<TCPStream>(minimumCapacity: count)
  for index in 0..<count {
    connections.insert(try TCPStream(connectingTo: address))
    if (index + 1) % batch == 0 { try control.receive() }
  }
  try control.receive()
  let word: [UInt8] = [1]
  try connections.forEach { _, stream throws(IOError) in
    guard try stream.write(word.span) == 1 else { fail("idle-probe: a byte was not sent") }
  }
  try control.waitForEnd()
}

/// The holder's end of the control connection.
private struct Control: ~Copyable {
  var poll: Poll
  var events = Events(capacity: 1)
  var stream: TCPStream
  var buffer = InlineArray<1, UInt8>(repeating: 0)

  init(connectingTo address: SocketAddress) throws(IOError) {
    let poll = try Poll()
    var stream = try TCPStream(connectingTo: address)
    try poll.registry.register(&stream, token: 0, interests: .readable)
    self.poll = poll
    self.stream = stream
  }

  /// Waits for a byte.
  mutating func receive() throws(IOError) {
    guard try next() == 1 else { fail("idle-probe: the control connection ended early") }
  }

  /// Waits for the end of the stream, or its reset.
  mutating func waitForEnd() throws(IOError) {
    do throws(IOError) {
      while try next() == 1 {}
    } catch .connectionReset {}
  }

  private mutating func next() throws(IOError) -> Int {
    while true {
      if let count = try stream.read(into: buffer.mutableSpan) { return count }
      try poll.wait(into: &events)
    }
  }
}

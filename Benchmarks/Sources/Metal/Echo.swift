import GenericServer
import Harness
import MetalCore
import MetalSystem
import SpecializedServer

/// A connection that a server serves.
protocol Conversation: ~Copyable {
  /// Registers an accepted stream.
  init(_ stream: consuming TCPStream, _ registry: Registry, _ token: Token) throws(IOError)

  /// Returns whether the connection goes on.
  mutating func serve(_ event: Event, _ buffer: inout Buffer, fullRead: Int) -> Bool
}

extension Connection: Conversation where S == BenchmarkSelector {
  init(_ stream: consuming TCPStream, _ registry: Registry, _ token: Token) throws(IOError) {
    try registry.register(&stream, token: token, interests: [.readable, .writable])
    self.init(stream)
  }
}

/// A server that sends back what it receives, until as many connections as were announced have ended.
func runEcho(_ options: Options) throws(IOError) {
  typealias Struct = Server<BenchmarkSelector>
  typealias Generic = GenericServer.Server<BenchmarkSelector>
  typealias Specialized = SpecializedServer.Server<BenchmarkSelector>
  switch options.form {
  case "": try measure(options, Locals<Connection>.init) { (s, n) throws(IOError) in try s.run(n) }
  case "borrowed": try measure(options, Locals<BorrowedConnection>.init) { (s, n) throws(IOError) in try s.run(n) }
  case "struct": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.run(n) }
  case "struct-for": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.runByFor(n) }
  case "struct-index": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.runByIndex(n) }
  case "timeout": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.runWithTimeout(n) }
  case "class": try measure(options, ClassServer.init) { (s, n) throws(IOError) in try s.run(n) }
  case "class-of-struct": try measure(options, WrappingServer.init) { (s, n) throws(IOError) in try s.run(n) }
  case "library": try measure(options, Generic.init) { (s, n) throws(IOError) in try s.run(n) }
  case "library-specialized": try measure(options, Specialized.init) { (s, n) throws(IOError) in try s.run(n) }
  default: cannot("there is no such form")
  }
}

/// Announces a server and measures its run.
private func measure<T: ~Copyable>(
  _ options: Options, _ make: (consuming Poll, consuming TCPListener, _ fullRead: Int) -> T,
  run: (inout T, Int) throws(IOError) -> Void
) throws(IOError) {
  let poll = try Poll()
  var listener = try TCPListener(bindingTo: anyPort)
  try poll.registry.register(&listener, token: .listener, interests: .readable)
  print_ready(try listener.localAddress.port)
  var server = make(poll, listener, options.end == "would-block" ? 0 : Buffer.count)
  begin_measuring()
  try run(&server, options.connections)
  end_measuring(UInt64(options.connections))
}

/// A server whose loop uses parameters and locals of one function.
struct Locals<C: Conversation & ~Copyable>: ~Copyable {
  private var poll: Poll
  private let listener: TCPListener
  private let fullRead: Int

  init(_ poll: consuming Poll, _ listener: consuming TCPListener, _ fullRead: Int) {
    self.poll = poll
    self.listener = listener
    self.fullRead = fullRead
  }

  mutating func run(_ count: Int) throws(IOError) {
    try Self.serve(&poll, listener, connections: count, fullRead: fullRead)
  }

  /// Serves until so many connections have ended.
  @inline(never)
  private static func serve(
    _ poll: inout Poll, _ listener: borrowing TCPListener, connections remaining: Int, fullRead: Int
  ) throws(IOError) {
    var events = Events(capacity: 256)
    var connections = Slab<C>()
    var buffer = Buffer(repeating: 0)
    var remaining = remaining
    while remaining > 0 {
      // Outside of the inner loop, which then has no path of its own for a signal. Only the wait can be interrupted: the
      // other calls never block, so nothing of a batch is left out.
      do throws(IOError) {
        while remaining > 0 {
          try poll.wait(into: &events)
          while let event = events.popFirst() {
            if event.token == .listener {
              try accept(listener, &connections, poll.registry)
              continue
            }
            let goesOn = connections.update(event.token) { $0.serve(event, &buffer, fullRead: fullRead) }
            if goesOn == false {
              connections.remove(event.token)
              remaining -= 1
            }
          }
        }
      } catch .interrupted {}
    }
  }

  @inline(never)
  private static func accept(
    _ listener: borrowing TCPListener, _ connections: inout Slab<C>, _ registry: Registry
  ) throws(IOError) {
    while let accepted = try listener.accept() {
      try accepted.stream.setOption(.noDelay, to: true)
      connections.insert(try C(accepted.stream, registry, connections.nextToken))
    }
  }
}

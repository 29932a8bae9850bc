// A server as people write it, generic over the selector. The natural programs have it in their own module, where the
// compiler specialises it, and as a library whose main is in another module. With SPECIALIZED the library names two
// selectors, and has code for them. In one file the compiler inlines more.

public import MetalCore
public import MetalSystem
#if SPECIALIZED
import MetalEpoll
import MetalPoll
#endif

typealias Buffer = InlineArray<4096, UInt8>

extension Token {
  static var listener: Token { 0 }
}

/// A TCP server that sends back what it receives, with loops over properties of a noncopyable struct.
public struct Server<S: Selector>: ~Copyable where S.K == SystemKernel {
  var poll: S.Poll
  var events = S.Events(capacity: 256)
  private var listener: S.TCPListener
  private var connections = Slab<Connection<S>>()
  private var buffer = Buffer(repeating: 0)
  private let fullRead: Int
  var ended = 0

  /// Takes a listener that is registered with the poll, under token 0.
  ///
  /// - Parameter fullRead: A read that returns fewer bytes is the last one; with 0 only one that would block is.
  public init(_ poll: consuming S.Poll, _ listener: consuming S.TCPListener, _ fullRead: Int) {
    self.poll = poll
    self.listener = listener
    self.fullRead = fullRead
  }

  /// Serves until `count` connections have ended; by `popFirst()`, in a function of its own, as the guide says.
  #if SPECIALIZED
  @specialized(where S == EpollSelector)
  @specialized(where S == PosixPollSelector)
  #endif
  @inline(never)
  public mutating func run(_ count: Int) throws(IOError) {
    while ended < count {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() { try serve(event) }
    }
  }

  mutating func serve(_ event: S.Event) throws(IOError) {
    guard event.token != .listener else { return try accept() }
    let goesOn = connections.update(event.token) { $0.serve(event, &buffer, fullRead: fullRead) }
    if goesOn == false {
      connections.remove(event.token)
      ended += 1
    }
  }

  @inline(never)
  private mutating func accept() throws(IOError) {
    while let accepted = try listener.accept() {
      var stream = accepted.stream
      try stream.setOption(.noDelay, to: true)
      try poll.registry.register(&stream, token: connections.nextToken, interests: [.readable, .writable])
      connections.insert(Connection(stream))
    }
  }
}

/// A client of an echo server.
struct Connection<S: Selector>: ~Copyable where S.K == SystemKernel {
  private var stream: S.TCPStream
  /// What the socket did not take yet.
  private var pending: [UInt8] = []

  init(_ stream: consuming S.TCPStream) {
    self.stream = stream
  }

  /// Returns whether the connection goes on.
  mutating func serve(_ event: S.Event, _ buffer: inout Buffer, fullRead: Int) -> Bool {
    do throws(IOError) {
      if !pending.isEmpty {
        if try !flush() { return true }
      } else if !event.isReadable && !event.isReadClosed && !event.isError {
        return true
      }
      while let count = try stream.read(into: buffer.mutableSpan) {
        if count == 0 { return false }
        let written = try stream.write(buffer.span.extracting(..<count)) ?? 0
        if written < count {
          try keep(buffer.span.extracting(written..<count))
          if !pending.isEmpty { return true }
        }
        // The end may have been announced together with the last bytes: then only a read that finds it is the last.
        if count < fullRead && !event.isReadClosed { return true }
      }
      return true
    } catch {
      return false
    }
  }

  /// Keeps what the socket did not take, and tries again at once.
  @inline(never)
  private mutating func keep(_ bytes: Span<UInt8>) throws(IOError) {
    for index in bytes.indices { pending.append(bytes[index]) }
    _ = try flush()
  }

  /// Writes what is pending; returns whether nothing is left.
  @inline(never)
  private mutating func flush() throws(IOError) -> Bool {
    while !pending.isEmpty {
      guard let count = try stream.write(pending.span) else { return false }
      pending.removeFirst(count)
    }
    return true
  }
}

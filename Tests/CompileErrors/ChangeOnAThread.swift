// A closure that runs on another thread does not change what it captures.

import Foundation
import MetalIO
import Synchronization

struct Server: ~Copyable {
  var poll: Poll
  var events = Events(capacity: 64)

  mutating func run() throws(IOError) { try poll.wait(into: &events) }
}

/// Hands a value to another thread, which takes it once.
final class Handover<Value: ~Copyable & Sendable>: Sendable {
  private let value: Mutex<Value?>

  init(_ value: consuming Value) { self.value = Mutex(value) }
  func take() -> Value? { value.withLock { value in value.take() } }
}

func start(_ server: consuming Server) {
  //
  // instead: let handover = Handover(server)
  Thread.detachNewThread {
    // expected-error: mutation of captured parameter 'server' in concurrently-executing code [#SendableClosureCaptures]
    try? server.run()
    // instead: if var server = handover.take() { try? server.run() }
  }
}

func startWriter(_ stream: consuming TCPStream, _ bytes: [UInt8]) {
  //
  // instead: let stream = stream
  Thread.detachNewThread {
    // expected-error: reference to captured parameter 'stream' in concurrently-executing code [#SendableClosureCaptures]
    _ = try? stream.write(bytes.span)
    // instead: _ = try? stream.write(bytes.span)
  }
}

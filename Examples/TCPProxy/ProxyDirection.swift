import MetalIO

/// One direction of a connection: it passes the bytes of its source on to its sink.
///
/// There is one fixed buffer. It is filled only when it is empty, so there is nothing to shift around, and when the
/// source ends there is nothing left to send. A direction alone changes the registration of its source; its sink's
/// belongs to the opposite direction.
struct ProxyDirection<S: Selector>: ~Copyable {
  /// What was read and not yet written is `buffer[start..<end]`.
  var buffer: [UInt8]
  var start = 0
  var end = 0

  /// Whether the source is registered without `.readable`, as long as there is no room for what it says.
  var isPaused: Bool

  /// Whether nothing more will be passed on this way.
  var isFinished = false

  /// Full buffers passed on in one turn before the other connections get their turn.
  var fairShare: Int { 16 }

  init(capacity: Int, isPaused: Bool) {
    buffer = [UInt8](repeating: 0, count: capacity)
    self.isPaused = isPaused
  }

  /// Reads and writes until reading would block, the sink takes no more, or this turn's share is used up.
  ///
  /// A read that comes up short ends nothing: reading stops at urgent data, and more may have arrived behind it.
  /// Throws if the source is broken. That ends the connection: nothing can come from there, and nothing can go there.
  mutating func forward(
    from source: inout S.TCPStream, token: Token, to sink: borrowing S.TCPStream, _ registry: S.Registry
  ) throws(IOError) {
    guard !isFinished, !isPaused else { return }
    for _ in 0..<fairShare {
      guard let count = try source.read(into: buffer.mutableSpan) else { return }
      if count == 0 { return finish(sink) }
      start = 0
      end = count
      guard flush(to: sink) else {
        // Back-pressure: without `.readable` the source's further bytes wake nobody. They stay in the system's
        // buffer, which fills, and so the peer's sending comes to a halt as well.
        isPaused = true
        return try registry.reregister(&source, token: token, interests: .writable)
      }
      if isFinished { return }
    }
    try resume(&source, token: token, registry)
  }

  /// Goes on after an event has reported that the sink takes bytes again.
  mutating func sinkBecameWritable(
    from source: inout S.TCPStream, token: Token, to sink: borrowing S.TCPStream, _ registry: S.Registry
  ) throws(IOError) {
    guard isPaused, flush(to: sink), !isFinished else { return }
    try resume(&source, token: token, registry)
  }

  /// Asks for an event when the source can be read, even if one was reported before.
  mutating func resume(_ source: inout S.TCPStream, token: Token, _ registry: S.Registry) throws(IOError) {
    isPaused = false
    try registry.reregister(&source, token: token, interests: [.readable, .writable])
  }

  /// Writes what is in the buffer; returns false if the sink takes no more for now.
  ///
  /// A sink that is broken finishes this direction only: what its peer said last may still be on its way back.
  mutating func flush(to sink: borrowing S.TCPStream) -> Bool {
    do throws(IOError) {
      while start < end {
        guard let count = try sink.write(buffer.span.extracting(start..<end)) else { return false }
        start += count
      }
    } catch {
      isFinished = true
    }
    return true
  }

  /// Passes the end of the stream on: everything read before it has been written.
  mutating func finish(_ sink: borrowing S.TCPStream) {
    isFinished = true
    // It fails only if the sink's connection is gone, and then nobody is left to learn of the end.
    do throws(IOError) { try sink.shutdown(.write) } catch {}
  }
}

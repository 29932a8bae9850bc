import MetalIO

/// One direction of a connection: it forwards bytes from its source to its sink.
///
/// The direction has one fixed buffer, and reads only when the buffer is empty. So the direction never moves bytes in
/// the buffer, and at the end of the source nothing is left to send. A direction changes only the registration of its
/// source. The registration of the sink belongs to the opposite direction.
struct ProxyDirection<S: Selector>: ~Copyable {
  /// The buffer; `buffer[start..<end]` holds the bytes that were read and not yet written.
  var buffer: [UInt8]
  var start = 0
  var end = 0

  /// Whether the source is registered without `.readable`, because the buffer has no room.
  var isPaused: Bool

  /// Whether this direction forwards nothing more.
  var isFinished = false

  /// The number of full buffers that one turn forwards, before the other connections get their turn.
  var fairShare: Int { 16 }

  init(capacity: Int, isPaused: Bool) {
    buffer = [UInt8](repeating: 0, count: capacity)
    self.isPaused = isPaused
  }

  /// Forwards bytes until reading would block, the sink takes no more, or the turn reaches its limit.
  ///
  /// A short read ends nothing: reading stops at urgent data, and more bytes may have arrived behind it.
  ///
  /// - Throws: The error of a broken source. The error ends the connection, because the source can neither send nor
  ///   receive.
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
        // Back-pressure: without `.readable`, further bytes of the source cause no event. The bytes stay in the
        // system's buffer until the buffer is full. Then the peer cannot send either.
        isPaused = true
        return try registry.reregister(&source, token: token, interests: .writable)
      }
      if isFinished { return }
    }
    try resume(&source, token: token, registry)
  }

  /// Continues after an event has reported that the sink takes bytes again.
  mutating func sinkBecameWritable(
    from source: inout S.TCPStream, token: Token, to sink: borrowing S.TCPStream, _ registry: S.Registry
  ) throws(IOError) {
    guard isPaused, flush(to: sink), !isFinished else { return }
    try resume(&source, token: token, registry)
  }

  /// Requests an event for a readable source, even if the condition was reported before.
  mutating func resume(_ source: inout S.TCPStream, token: Token, _ registry: S.Registry) throws(IOError) {
    isPaused = false
    try registry.reregister(&source, token: token, interests: [.readable, .writable])
  }

  /// Writes the bytes in the buffer; returns `false` if the sink takes no more for now.
  ///
  /// A broken sink finishes only this direction. The last bytes of its peer may still arrive in the other direction.
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

  /// Forwards the end of the stream, after all bytes before it have been written.
  mutating func finish(_ sink: borrowing S.TCPStream) {
    isFinished = true
    // The call fails only if the connection of the sink has ended, and then no peer needs the end of the stream.
    do throws(IOError) { try sink.shutdown(.write) } catch {}
  }
}

#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

extension NamedPipeCore {
  /// Copies bytes into the buffer and writes them, until the system takes no more at once.
  ///
  /// - Returns: The number of bytes, or `nil` if the write would block.
  @unsafe
  mutating func write(_ regions: UnsafeBufferPointer<metal_pipe_region>) throws(IOError) -> Int? {
    try throwPendingError()
    let size = unsafe Self.byteCount(of: regions)
    if size == 0 { return 0 }
    switch link {
    case .none: return nil
    case .ended: throw IOError(.unsupported)
    case .port: break
    }
    isWriteBlocked = underWay.contains(.write)
    if isWriteBlocked { return nil }
    var pass = NamedPipeWrite(handle: handle, capacity: bufferCapacity)
    for index in 0..<regions.count {
      // Safety: the call only reads the region.
      let region = unsafe regions[index]
      let bytes = unsafe UnsafeRawBufferPointer(start: region.bytes, count: region.count)
      guard unsafe pass.add(bytes, to: &self) else { break }
    }
    pass.flush(to: &self)
    if pass.failure != 0, pass.count == 0 {
      isWriteBlocked = isWithoutClient(pass.failure)
      if isWriteBlocked { return nil }
      throw error(pass.failure)
    }
    isWriteBlocked = pass.count < size
    if pass.failure != 0 {
      // The next write throws the error, and no completion would make the program write again.
      pending.insert(.writable)
      post()
    }
    return pass.count
  }

  /// The error of a write.
  private func error(_ number: Int) -> IOError {
    let code = Int32(truncatingIfNeeded: number)
    return isEnd(number) ? IOError(.brokenPipe, code: code) : IOError(errno: code)
  }

  mutating func didWrite(_ number: Int) {
    bufferedByteCount = 0
    let wasBlocked = isWriteBlocked
    isWriteBlocked = false
    // The program has disconnected the client of the write, or the selector ends.
    let isAbandoned = isWriteAbandoned
    isWriteAbandoned = false
    if number != 0, !isAbandoned {
      pendingError = error(number)
      pending.formUnion([.aborted, .writable])
      return
    }
    if wasBlocked { pending.insert(.writable) }
  }
}

/// A pass over the bytes of a write.
private struct NamedPipeWrite {
  let handle: Int
  let capacity: Int
  /// The bytes that the system has taken, or that are in the write under way.
  private(set) var count = 0
  private(set) var failure = 0
  private var filled = 0
  private var isStopped = false

  init(handle: Int, capacity: Int) {
    self.handle = handle
    self.capacity = capacity
  }

  /// Copies a region into the buffer, which it writes each time that the buffer is full.
  ///
  /// - Returns: `false` if the system takes no more bytes.
  @unsafe
  mutating func add(_ region: UnsafeRawBufferPointer, to core: inout NamedPipeCore) -> Bool {
    guard let start = region.baseAddress else { return true }
    var offset = 0
    while offset < region.count {
      let part = min(capacity - filled, region.count - offset)
      // Safety: the region has `part` bytes after `offset`, and the buffer has room for them after `filled`. No write
      // is under way.
      unsafe (core.buffer + filled).copyMemory(from: start + offset, byteCount: part)
      filled += part
      offset += part
      if filled == capacity { flush(to: &core) }
      if isStopped { return false }
    }
    return true
  }

  /// Writes the bytes in the buffer.
  mutating func flush(to core: inout NamedPipeCore) {
    guard filled > 0, !isStopped else { return }
    // Safety: the buffer stays as it is until the completion.
    let buffer = unsafe UnsafeRawPointer(core.buffer)
    let (handle, filled) = (handle, filled)
    let result = unsafe core.start(.write) { operation in
      unsafe metal_pipe_start_write(handle, operation, buffer, filled)
    }
    if result < 0 { failure = -result } else { count += filled }
    if result != 0 { isStopped = true }
    if result == Int(METAL_PIPE_STARTED) { core.bufferedByteCount = filled }
    self.filled = 0
  }
}
#endif

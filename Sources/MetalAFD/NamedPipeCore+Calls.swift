#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore

// The calls of the program, and the ends of operations.

extension NamedPipeCore {
  /// Throws the error that an earlier operation has left, and forgets it.
  private mutating func throwPendingError() throws(IOError) {
    guard let error = pendingError else { return }
    pendingError = nil
    throw error
  }

  // MARK: Connecting

  /// Starts to wait for a client, and returns whether there is one.
  mutating func connect() throws(IOError) -> Bool {
    guard isServer else { throw IOError(.invalidInput) }
    try throwPendingError()
    if underWay.contains(.connect) {
      isConnectWanted = true
      return false
    }
    guard case .port = link else {
      let result = Int(metal_pipe_connect_now(handle, event))
      if result == -METAL_ERROR_IO_PENDING { return false }
      try IOError.checkNamedPipe(result)
      return true
    }
    return try startConnecting()
  }

  private mutating func startConnecting() throws(IOError) -> Bool {
    let handle = handle
    // Safety: the memory of the operation lives until the completion.
    let result = unsafe start(.connect) { operation in unsafe metal_pipe_start_connect(handle, operation) }
    try IOError.checkNamedPipe(result)
    guard result == 0 else {
      isConnectWanted = true
      return false
    }
    isConnectWanted = false
    if registration != nil {
      report(arm())
      post()
    }
    return true
  }

  mutating func didConnect(_ number: Int) {
    switch number {
    case 0:
      isConnectWanted = false
      if registration != nil { report(arm()) }
      pending.insert(.writable)
    case METAL_ERROR_OPERATION_ABORTED, METAL_ERROR_PIPE_NOT_CONNECTED, METAL_ERROR_BROKEN_PIPE:
      // The program has disconnected or closed the pipe, or the selector ends.
      guard isConnectWanted, !isClosed, case .port = link else { return }
      do throws(IOError) {
        if try startConnecting() { pending.insert(.writable) }
      } catch {
        failConnecting(error)
      }
    default: failConnecting(IOError(namedPipe: number))
    }
  }

  private mutating func failConnecting(_ error: IOError) {
    isConnectWanted = false
    pendingError = error
    pending.formUnion([.connectFailed, .writable])
  }

  /// Disconnects the client, and discards the bytes that neither side has read.
  mutating func disconnect() throws(IOError) {
    guard isServer else { throw IOError(.invalidInput) }
    isConnectWanted = false
    pendingError = nil
    pending = []
    isWriteBlocked = false
    try IOError.checkNamedPipe(Int(metal_pipe_disconnect(handle)))
  }

  // MARK: Reading

  /// Reads bytes that have arrived, and asks for the next bytes if there may be no more.
  ///
  /// - Returns: The number of bytes, or `nil` if the read would block.
  @unsafe
  mutating func read(into regions: UnsafeBufferPointer<metal_pipe_region>) throws(IOError) -> Int? {
    let size = unsafe Self.byteCount(of: regions)
    while true {
      let result = unsafe takeBytes(into: regions)
      if result > 0 {
        // A program may take a read of fewer bytes as one that would block.
        if result < size { rearm() }
        return result
      }
      if result < 0, result != -Int(METAL_ERROR_IO_PENDING) { return try endReading(-result) }
      if size == 0 { return 0 }
      guard registration != nil, !underWay.contains(.read) else { return nil }
      switch arm() {
      case .waiting, .unconnected:
        pending.remove(.readable)
        return nil
      // The bytes, or the end, came between the two calls.
      case .ready, .ended: continue
      }
    }
  }

  /// The number of bytes that the regions have room for.
  @unsafe
  private static func byteCount(of regions: UnsafeBufferPointer<metal_pipe_region>) -> Int {
    var sum = 0
    // Safety: the regions are valid during the call.
    for index in 0..<regions.count { sum += unsafe regions[index].count }
    return sum
  }

  /// Reads into each region until one is not full, and returns the number of bytes or a negated error number.
  @unsafe
  private func takeBytes(into regions: UnsafeBufferPointer<metal_pipe_region>) -> Int {
    var total = 0
    for index in 0..<regions.count {
      let region = unsafe regions[index]
      if unsafe region.count == 0 { continue }
      // Safety: the call writes at most as many bytes as the region has, and only during the call.
      let result = unsafe metal_pipe_read(handle, event, region.bytes, region.count)
      if result < 0 { return total > 0 ? total : result }
      total += result
      if unsafe result < region.count { break }
    }
    return total
  }

  private mutating func rearm() {
    guard registration != nil, !underWay.contains(.read) else { return }
    switch arm() {
    case .waiting, .unconnected: return
    case .ready: pending.insert(.readable)
    case .ended: pending.formUnion([.readable, .readClosed, .writeClosed])
    }
    post()
  }

  private func endReading(_ number: Int) throws(IOError) -> Int? {
    if isEnd(number) { return 0 }
    if isWithoutClient(number) { return nil }
    throw IOError(namedPipe: number)
  }

  /// Whether the number of an error means that this server has no client now.
  private func isWithoutClient(_ number: Int) -> Bool {
    switch number {
    case METAL_ERROR_PIPE_LISTENING, METAL_ERROR_PIPE_NOT_CONNECTED, METAL_ERROR_BAD_PIPE: isServer
    default: false
    }
  }

  mutating func didRead(_ number: Int) {
    guard registration != nil, !isClosed else { return }
    switch number {
    case 0: pending.insert(.readable)
    default:
      // After a disconnection there may be a new client already.
      switch arm() {
      case .waiting, .unconnected: break
      case .ready: pending.insert(.readable)
      case .ended: pending.formUnion([.readable, .readClosed, .writeClosed])
      }
    }
  }

  // MARK: Writing

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
      throw isEnd(pass.failure)
        ? IOError(.brokenPipe, code: Int32(pass.failure)) : IOError(namedPipe: pass.failure)
    }
    isWriteBlocked = pass.count < size
    return pass.count
  }

  mutating func didWrite(_ number: Int) {
    bufferedByteCount = 0
    let wasBlocked = isWriteBlocked
    isWriteBlocked = false
    switch number {
    case 0: break
    // The program has disconnected the client, or the selector ends.
    case METAL_ERROR_OPERATION_ABORTED: break
    case METAL_ERROR_PIPE_NOT_CONNECTED where isServer: break
    default:
      pendingError = IOError(.brokenPipe, code: Int32(truncatingIfNeeded: number))
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

  /// Writes what is in the buffer.
  mutating func flush(to core: inout NamedPipeCore) {
    guard filled > 0, !isStopped else { return }
    // Safety: the buffer stays as it is until the completion.
    let buffer = unsafe UnsafeRawPointer(core.buffer)
    let (handle, filled) = (handle, filled)
    let result = unsafe core.start(.write) { operation in unsafe metal_pipe_start_write(handle, operation, buffer, filled) }
    if result < 0 { failure = -result } else { count += filled }
    if result != 0 { isStopped = true }
    if result == Int(METAL_PIPE_STARTED) { core.bufferedByteCount = filled }
    self.filled = 0
  }
}
#endif

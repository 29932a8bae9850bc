#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

// Connecting and reading: the calls of the program, and the ends of operations.

extension NamedPipeCore {
  /// Throws and clears the pending error of an earlier operation.
  mutating func throwPendingError() throws(IOError) {
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
      try SystemKernel.check(result)
      return true
    }
    return try startConnecting()
  }

  private mutating func startConnecting() throws(IOError) -> Bool {
    let handle = handle
    // Safety: the memory of the operation lives until the completion.
    let result = unsafe start(.connect) { operation in unsafe metal_pipe_start_connect(handle, operation) }
    try SystemKernel.check(result)
    guard result == 0 else {
      isConnectWanted = true
      return false
    }
    isConnectWanted = false
    if registration != nil, !hasReportedPeer {
      report(arm())
      post()
    }
    return true
  }

  mutating func didConnect(_ number: Int) {
    let isAbandoned = isConnectAbandoned
    isConnectAbandoned = false
    switch isAbandoned ? Int(METAL_ERROR_OPERATION_ABORTED) : number {
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
    default: failConnecting(IOError(errno: Int32(truncatingIfNeeded: number)))
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
    isWriteBlocked = false
    isWriteAbandoned = underWay.contains(.write)
    hasReportedPeer = false
    pendingError = nil
    pending = []
    abandonConnecting()
    let result = Int(metal_pipe_disconnect(handle))
    // Without a client, there was at most an attempt to connect.
    if result != -Int(METAL_ERROR_PIPE_LISTENING) { try SystemKernel.check(result) }
  }

  // MARK: Reading

  /// Reads bytes that have arrived, and asks for the next bytes if the read may have taken all bytes.
  ///
  /// - Returns: The number of bytes, or `nil` if the read would block.
  @unsafe
  mutating func read(into regions: UnsafeBufferPointer<metal_pipe_region>) throws(IOError) -> Int? {
    let size = unsafe Self.byteCount(of: regions)
    for _ in 0..<3 {
      let result = unsafe takeBytes(into: regions)
      if result > 0 {
        // A program may treat a read of fewer bytes like a read that would block.
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
      case .failed(let number): throw IOError(errno: Int32(truncatingIfNeeded: number))
      }
    }
    // Another process reads from the same end, and has been faster each time. The next wait reports the pipe as
    // readable.
    pending.insert(.readable)
    post()
    return nil
  }

  /// The number of bytes that the regions have room for.
  @unsafe
  static func byteCount(of regions: UnsafeBufferPointer<metal_pipe_region>) -> Int {
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
    addConditions(of: arm())
    post()
  }

  /// Adds the conditions of reading that follow from the result of `arm()`.
  mutating func addConditions(of arming: Arming) {
    switch arming {
    case .waiting, .unconnected: break
    // The program's next read succeeds, or throws the error.
    case .ready, .failed: pending.insert(.readable)
    case .ended: pending.formUnion([.readable, .readClosed, .writeClosed])
    }
  }

  private func endReading(_ number: Int) throws(IOError) -> Int? {
    if isEnd(number) { return 0 }
    if isWithoutClient(number) { return nil }
    throw IOError(errno: Int32(truncatingIfNeeded: number))
  }

  /// Whether the number of an error means that this server has no client now.
  func isWithoutClient(_ number: Int) -> Bool {
    switch number {
    case METAL_ERROR_PIPE_LISTENING, METAL_ERROR_PIPE_NOT_CONNECTED, METAL_ERROR_BAD_PIPE: isServer
    default: false
    }
  }

  mutating func didRead(_ number: Int) {
    guard registration != nil, !isClosed else { return }
    // After a disconnection there may be a new client already.
    addConditions(of: number == 0 ? .ready : arm())
  }
}
#endif

#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import Synchronization

// The registration, the completions, and the end of a pipe.

// MARK: - Registration

extension NamedPipeCore {
  func isRegistered(with port: NamedPipePort) -> Bool {
    guard registration != nil, case .port(let current) = link else { return false }
    return current === port
  }

  /// Sets the token and the interests, and makes the next wait report the conditions that hold.
  mutating func setRegistration(_ token: Token, _ interests: Interests) {
    registration = (token, interests)
    pending = []
    report(arm())
    post()
  }

  /// Adds the conditions that follow from the result of `arm()`.
  mutating func report(_ arming: Arming) {
    if case .unconnected = arming { return }
    addConditions(of: arming)
    hasReportedPeer = true
    // The completion of the write will report writable.
    if underWay.contains(.write) { isWriteBlocked = true } else { pending.insert(.writable) }
  }

  mutating func endRegistration() {
    registration = nil
    pending = []
  }

  /// Takes the pending conditions that the program is interested in, as an event.
  mutating func takeEvent() -> AFDEvent? {
    guard let (token, interests) = registration else { return nil }
    var conditions = pending
    pending = []
    if !interests.isReadable { conditions.remove(.readable) }
    if !interests.isWritable { conditions.remove(.writable) }
    return conditions.isEmpty ? nil : AFDEvent(token: token, conditions: conditions)
  }
}

// MARK: - The end

extension NamedPipeCore {
  /// Ends the registration, and closes the handle after the write that is under way.
  mutating func close() {
    endRegistration()
    cancel([.connect, .read])
    isClosed = true
    metal_handle_close(event)
    event = 0
    closeHandleAfterWrite()
  }

  /// Ends the registration and all operations, because the selector ends.
  ///
  /// - Returns: The number of completions that still come.
  mutating func endPort() -> Int {
    link = .ended
    isWriteAbandoned = underWay.contains(.write)
    endRegistration()
    cancel([.connect, .read, .write])
    return underWay.rawValue.nonzeroBitCount + abandonedCount
  }

  func cancel(_ operations: Operations) {
    // Closing the handle cancels what is under way as well.
    if isClosed, !underWay.contains(.write) { return }
    for place in 0..<3 {
      let operation = Operations(place: place)
      guard !operations.isDisjoint(with: operation), underWay.contains(operation) else { continue }
      // Safety: the memory lives as long as the client.
      unsafe metal_pipe_cancel(handle, memory(of: operation))
    }
  }

  /// Cancels an attempt to connect, or ignores its completion if the attempt has ended already.
  mutating func abandonConnecting() {
    guard underWay.contains(.connect) else { return }
    cancel(.connect)
    // Safety: the memory lives as long as the client.
    if unsafe metal_pipe_is_complete(memory(of: .connect)) {
      // The next attempt may begin at once, because its completion comes after the completion of this attempt.
      underWay.remove(.connect)
      setUnused(.connect)
      abandonedCount += 1
      isConnectAbandoned = false
    } else {
      isConnectAbandoned = true
    }
  }

  private func closeHandleAfterWrite() {
    if isClosed, !underWay.contains(.write) { metal_handle_close(handle) }
  }

  /// Takes a completion, and returns the event to report.
  mutating func complete(_ completion: metal_completion) -> AFDEvent? {
    if case .port(let port) = link { port.underWayCount.subtract(1, ordering: .relaxed) }
    let operation = operation(of: completion)
    if operation == .connect, abandonedCount > 0 {
      abandonedCount -= 1
      return nil
    }
    guard underWay.contains(operation) else {
      fatalError("Windows has completed an operation of a named pipe twice. Report this as a bug of the library.")
    }
    underWay.remove(operation)
    if operation != .post { setUnused(operation) }
    // Only the lower half of the status has a meaning.
    let number = Int(metal_pipe_error(completion.status))
    switch operation {
    case .connect: didConnect(number)
    case .read: didRead(number)
    case .write:
      didWrite(number)
      closeHandleAfterWrite()
    default: break
    }
    return takeEvent()
  }

  private func operation(of completion: metal_completion) -> Operations {
    if completion.context == 0 { return .post }
    for place in 0..<3 {
      let operation = Operations(place: place)
      // Safety: only addresses are compared.
      if unsafe UInt(bitPattern: memory(of: operation)) == completion.context { return operation }
    }
    fatalError("Windows has completed an operation that no named pipe has. Report this as a bug of the library.")
  }
}
#endif

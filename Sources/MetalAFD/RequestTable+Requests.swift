#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

extension RequestTable {
  /// Records that the request of a record may have to change.
  ///
  /// If a thread waits, the method changes the request at once. Otherwise the next wait makes all changes together.
  mutating func didChange(_ index: Int32) throws(IOError) {
    guard self[index].needsChange, !self[index].state.contains(.isChanged) else { return }
    if isWaiting {
      try change(index)
    } else {
      enqueue(index)
    }
  }

  /// Notes a change like `didChange(_:)`, and leaves an error to the next wait.
  ///
  /// If the system refuses a request, the thread that waits tries again, and its wait throws the error.
  mutating func didChangeLater(_ index: Int32) {
    do throws(IOError) {
      try didChange(index)
    } catch {
      enqueue(index)
      _ = metal_port_post(port, PortKey.wake, 0)
    }
  }

  mutating func enqueue(_ index: Int32) {
    self[index].state.insert(.isChanged)
    self[index].next = -1
    if lastChange < 0 { firstChange = index } else { self[lastChange].next = index }
    lastChange = index
  }

  /// Makes all changes, and begins a wait.
  ///
  /// - Returns: The timer of the wait, if the wait is short and the system has a timer of high resolution.
  mutating func beginWait(isShort: Bool) throws(IOError) -> Int? {
    try makeChanges()
    try postWake()
    isWaiting = true
    begun.waits &+= 1
    guard isShort else { return nil }
    let timer = self.timer ?? metal_timer_open()
    self.timer = timer
    return timer >= 0 ? timer : nil
  }

  /// Ends a wait.
  mutating func endWait() { isWaiting = false }

  /// Makes all changes of the list.
  private mutating func makeChanges() throws(IOError) {
    while firstChange >= 0 {
      let index = firstChange
      if self[index].generation != 0 { try change(index) }
      firstChange = self[index].next
      if firstChange < 0 { lastChange = -1 }
      self[index].state.remove(.isChanged)
      if self[index].generation == 0, !self[index].isUnderWay { free(index) }
    }
  }

  /// Starts the request that a record needs, or cancels a request that does not ask for enough.
  private mutating func change(_ index: Int32) throws(IOError) {
    guard self[index].needsChange else { return }
    guard !self[index].isUnderWay else { return cancel(index) }
    self[index].checkUnused()
    let armed = self[index].readiness.armed
    let socket = self[index].socket
    // Safety: nothing moves or frees the record until the completion.
    let result = unsafe metal_afd_poll(device(of: index), request(of: index), socket, UInt32(armed.rawValue))
    guard result >= 0 else {
      self[index].request = Record.unused
      let error = SystemKernel.error(for: IOResult(rawValue: Int(result)))
      if error.kind == .outOfMemory || error.kind == .noBufferSpace { throw error }
      if metal_base_socket(socket) >= 0 { return try fail(index) }
      // Other code has closed the socket.
      self[index].generation = 0
      return free(index)
    }
    self[index].requested = armed
    self[index].state.formUnion(.isUnderWay)
    self[index].state.subtract([.isCancelled, .isRenewed])
    underWayCount += 1
    begun.requests &+= 1
  }

  /// Lets a request that AFD has refused complete with a failure, so that the source reports the failure once.
  private mutating func fail(_ index: Int32) throws(IOError) {
    // Safety: the code uses only the address of the record.
    let context = unsafe UInt(bitPattern: request(of: index))
    try SystemKernel.check(metal_port_post(port, PortKey.request, context))
    self[index].request.status = UInt(UInt32(bitPattern: Int32(truncatingIfNeeded: METAL_STATUS_UNSUCCESSFUL)))
    self[index].state.formUnion([.isUnderWay, .isCancelled])
    self[index].state.remove(.isRenewed)
    underWayCount += 1
  }

  mutating func cancel(_ index: Int32) {
    guard !self[index].state.contains(.isCancelled) else { return }
    self[index].state.insert(.isCancelled)
    // Safety: the request is under way, so nothing has moved or freed the record.
    unsafe metal_afd_cancel(device(of: index), request(of: index))
  }

  /// Takes the completion of a request, and returns the event to report, or `nil` if there is nothing new to report.
  mutating func complete(_ completion: metal_completion) -> AFDEvent? {
    // Safety: the context of a request is the address of its record, which stays in place.
    let index = unsafe UnsafePointer<Record>(bitPattern: completion.context)!.pointee.index
    guard self[index].isUnderWay else {
      fatalError("Windows has completed a request of AFD twice. Report this as a bug of the library.")
    }
    let request = self[index].request
    let isRenewed = self[index].state.contains(.isRenewed)
    self[index].request = Record.unused
    self[index].state.subtract([.isUnderWay, .isCancelled, .isRenewed])
    underWayCount -= 1
    guard self[index].generation != 0 else {
      free(index)
      return nil
    }

    // Registered again, the source may be another socket of the same number. The next request sees what holds.
    let seen = isRenewed ? [] : Self.conditions(of: request)
    if seen.hasAny(of: .closed) {
      // Other code has closed the socket, and its number may next belong to another socket.
      self[index].generation = 0
      free(index)
      return nil
    }
    let news = self[index].readiness.take(seen)
    if self[index].needsChange, !self[index].state.contains(.isChanged) { enqueue(index) }
    return news.isEmpty ? nil : AFDEvent(token: self[index].token, conditions: news)
  }

  /// The conditions that a completed request has seen.
  private static func conditions(of request: metal_afd_request) -> Conditions {
    switch Int32(truncatingIfNeeded: request.status) {
    case Int32(METAL_STATUS_SUCCESS):
      request.count > 0 ? Conditions(rawValue: UInt16(truncatingIfNeeded: request.events)) : []
    case Int32(truncatingIfNeeded: METAL_STATUS_CANCELLED): []
    // The program's next operation returns the reason.
    default: .aborted
    }
  }

  /// Whether the list contains a change.
  var hasChanges: Bool { firstChange >= 0 }

  /// Cancels all requests and the operations of pipes, waits for their completions, and closes the handles and the
  /// port.
  ///
  /// After this call, all registrations have ended.
  mutating func end(_ pipes: NamedPipePort) {
    var pipeCount = pipes.end()
    for index in 0..<Int32(groups.count * Self.groupSize) {
      self[index].generation = 0
      if self[index].isUnderWay { cancel(index) }
    }
    while let completion = nextCompletion(isLast: underWayCount == 0 && pipeCount == 0) {
      switch completion.key {
      case PortKey.request: _ = complete(completion)
      case PortKey.wake: break
      default:
        pipeCount -= 1
        _ = event(of: completion)
      }
    }
    for index in 0..<Int32(groups.count * Self.groupSize) { self[index].checkUnused() }
    for group in groups { metal_handle_close(group.device) }
    if let timer, timer >= 0 { metal_handle_close(timer) }
    metal_handle_close(port)
    port = -1
  }

  /// Waits for a completion, or takes one that has come already.
  private func nextCompletion(isLast: Bool) -> metal_completion? {
    var completion = metal_completion()
    // Safety: the call writes at most one record.
    let count = unsafe metal_port_wait(port, &completion, 1, isLast ? 0 : Self.patience)
    if count == 1 { return completion }
    guard isLast else {
      fatalError("Windows does not complete a cancelled request. Report this as a bug of the library.")
    }
    return nil
  }

  /// The longest time in milliseconds that the system may take for a cancelled request.
  private static var patience: Int64 { 60_000 }
}
#endif

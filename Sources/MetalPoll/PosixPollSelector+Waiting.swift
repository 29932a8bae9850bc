internal import CMetalSystem
public import MetalCore
internal import MetalSystem

extension PosixPollSelector {
  /// Waits for events, and stores the events in `events`.
  ///
  /// The method first discards the old events. The capacity of `events` limits the number of new events.
  ///
  /// - Parameters:
  ///   - events: The container to fill.
  ///   - timeout: The longest time to wait. With `nil`, the method waits without a limit. With zero or less, the method
  ///     does not wait.
  ///   - permit: The right to wait, which only the poll has.
  ///
  /// - Throws: `.interrupted` if a signal arrives before an event. `.invalidInput` at once if the capacity is 0, or if
  ///   more descriptors are registered than the process may have open. `.outOfMemory` if the system has no memory.
  ///   `.badDescriptor` if the program has closed the selector's own pipe.
  /// - Complexity: O(registered descriptors), and the same again after each interruption; no allocation.
  ///
  /// Source: poll(2), ppoll(2).
  public func select(
    into events: inout Events<PosixPollSelector>, timeout: Duration?, by permit: inout WaitPermit<PosixPollSelector>
  ) throws(IOError) {
    // Safety: the buffer is valid during the call.
    try unsafe events.fill { buffer throws(IOError) in try unsafe wait(into: buffer, timeout) }
  }

  /// Waits for an event or the end of the timeout.
  ///
  /// - Returns: The number of events.
  @unsafe
  private func wait(
    into buffer: UnsafeMutableBufferPointer<PosixPollEvent>, _ timeout: Duration?
  ) throws(IOError) -> Int {
    guard buffer.count > 0 else { throw IOError(.invalidInput) }
    var remaining = timeout?.wholeNanoseconds ?? .max
    // The longest timeout counts as no timeout. Only a wait that a change can interrupt and that can expire needs the
    // clock.
    let expires = remaining > 0 && remaining < .max
    let deadline = expires ? metal_monotonic_nanoseconds() + min(remaining, .max / 2) : nil
    var isLastLook = false
    while true {
      // Safety: until `endWait` the system may write to the entries, and `grow` leaves these entries in place and makes
      // a second list. The buffer belongs to the caller.
      let list = unsafe beginWait()
      let result = unsafe wait(for: list, nanoseconds: remaining)
      let pass = try unsafe endWait(ready: result, into: buffer)
      try SystemKernel.check(result)
      if pass.count > 0 || result == 0 { return pass.count }
      // The wait ended without an event, because a registration changed, or because of a hang-up that is not new.
      if let deadline { remaining = deadline - metal_monotonic_nanoseconds() }
      if remaining <= 0 {
        // A source that moved in the table during the wait may be ready, and one last look finds such a source. Other
        // threads cannot cause another look.
        if !pass.hasMissed || isLastLook { return 0 }
        isLastLook = true
        remaining = 0
      }
    }
  }

  /// Begins a wait.
  ///
  /// Until `endWait` the system may write to the entries, and no code moves or frees them.
  ///
  /// - Returns: The entries for poll(2).
  @unsafe
  func beginWait() -> UnsafeMutableBufferPointer<metal_poll_entry> {
    // Safety: the list has at least `waitCount` entries, and does not move until `endWait`.
    unsafe table.withState { state in
      state.beginWait()
      return unsafe UnsafeMutableBufferPointer(start: state.list.elements, count: state.waitCount)
    }
  }

  /// Makes the system call.
  ///
  /// - Returns: The number of entries with flags, or a negated errno.
  @unsafe
  func wait(for list: UnsafeMutableBufferPointer<metal_poll_entry>, nanoseconds: Int64) -> Int {
    // The list always contains the selector's own entry.
    let entries = list.baseAddress!
    let count = list.count
    // Before a call may sleep, the kernel adds the thread to the queues of all descriptors, which takes most of the
    // time. In a busy loop, a call that does not sleep usually finds something.
    if nanoseconds > 0, count > Self.fewEntries {
      // Safety: the list has `count` entries, and the system writes only to them. The same holds below.
      let ready = unsafe metal_poll(entries, count, 0)
      if ready != 0 { return ready }
    }
    guard nanoseconds < .max else {
      // If the system has ppoll(2), this path also uses ppoll(2). In a trace of system calls, only ppoll(2) then
      // sleeps.
      let ready = unsafe metal_ppoll(entries, count, -1)
      return ready == -Int(ENOSYS) ? unsafe metal_poll(entries, count, -1) : ready
    }
    return timedWait.wait(
      nanoseconds: nanoseconds, finely: { unsafe metal_ppoll(entries, count, $0) },
      coarsely: { unsafe metal_poll(entries, count, $0) })
  }

  /// The number of entries up to which a first look saves less time than its system call takes.
  private static var fewEntries: Int { 8 }

  /// Ends the wait, and writes events for the flags that poll(2) has set.
  ///
  /// The room in `events` limits the number of events. A source without room for its event stays armed, and the next
  /// wait begins with that source.
  @unsafe
  func endWait(ready: Int, into events: UnsafeMutableBufferPointer<PosixPollEvent>) throws(IOError) -> WaitPass {
    try table.withState { state throws(IOError) in
      state.endWait()
      table.wakeAll()
      defer { state.enterChanges() }
      // Safety: the buffer is valid during the call.
      var pass = unsafe WaitPass(missing: ready, events: events)
      if ready > 0 { try state.collect(&pass) }
      return pass
    }
  }
}

/// A pass over the entries with flags, and the events that it collects.
@safe
struct WaitPass {
  /// The number of entries with flags that the pass has not found yet.
  var missing: Int
  /// The number of events.
  private(set) var count = 0
  /// Whether an entry with flags was out of date.
  var hasMissed = false
  let events: UnsafeMutableBufferPointer<PosixPollEvent>

  // Safety: the code reads only the size of the buffer.
  var hasRoom: Bool { unsafe count < events.count }

  mutating func report(_ event: PosixPollEvent) {
    precondition(hasRoom)
    // Safety: the precondition has checked the room.
    unsafe events[count] = event
    count += 1
  }
}

extension RegistrationTable {
  /// Collects the events in one pass over the list.
  ///
  /// The pass ends after the last entry with flags.
  ///
  /// The next wait begins at the position where this pass ran out of room, so the selector reports every source in
  /// time.
  fileprivate mutating func collect(_ pass: inout WaitPass) throws(IOError) {
    let start = cursor < waitCount ? cursor : 0
    cursor = 0
    if try collect(start..<waitCount, &pass) { return }
    _ = try collect(0..<start, &pass)
  }

  /// Collects the events in a range of positions.
  ///
  /// - Returns: `true` at the end of the pass.
  @inline(__always)
  private mutating func collect(_ range: Range<Int>, _ pass: inout WaitPass) throws(IOError) -> Bool {
    var next = range.lowerBound
    while true {
      let position = list.firstSeen(in: next..<range.upperBound)
      guard position < range.upperBound else { return false }
      next = position + 1
      pass.missing -= 1
      if position == 0 {
        try takeWakes(&pass)
      } else if !isCurrent(position) {
        pass.hasMissed = true
      } else if let event = take(at: position) {
        pass.report(event)
      }
      if pass.missing == 0 { return true }
      if !pass.hasRoom {
        cursor = next
        return true
      }
    }
  }

  /// Collects the events of the woken wakers.
  ///
  /// If there is not enough room, the next wait ends at once.
  private mutating func takeWakes(_ pass: inout WaitPass) throws(IOError) {
    guard let notifier else { return }
    if Conditions(rawValue: list[0].revents).contains(.invalid) { throw IOError(.badDescriptor) }
    // The method clears the notification before it takes the wakers, so a wake after this point notifies again.
    try notifier.clear()
    if !takeWoken(&pass) { try notifier.notify() }
  }
}

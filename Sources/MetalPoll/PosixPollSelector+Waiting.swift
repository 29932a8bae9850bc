internal import CMetalSystem
public import MetalCore
internal import MetalSystem

extension PosixPollSelector {
  /// Discards the former events, waits, and fills `events` with at most its capacity of events.
  ///
  /// - Throws: `.interrupted` if a signal arrived first; `.invalidInput` at once if the container's capacity is 0, or
  ///   if more descriptors are registered than the process may have open; `.outOfMemory`; `.badDescriptor` if the
  ///   program has closed the selector's own pipe.
  /// - Complexity: O(descriptors registered), again after each interruption; no allocation.
  ///
  /// Source: poll(2), ppoll(2).
  public func select(
    into events: inout Events<PosixPollSelector>, timeout: Duration?, by permit: inout WaitPermit<PosixPollSelector>
  ) throws(IOError) {
    // Safety: the buffer is lent for the call.
    try unsafe events.fill { buffer throws(IOError) in try unsafe wait(into: buffer, timeout) }
  }

  /// Waits until there is an event or the timeout expires, and returns the number of events.
  @unsafe
  private func wait(
    into buffer: UnsafeMutableBufferPointer<PosixPollEvent>, _ timeout: Duration?
  ) throws(IOError) -> Int {
    guard buffer.count > 0 else { throw IOError(.invalidInput) }
    var remaining = timeout?.wholeNanoseconds ?? .max
    // The longest timeout counts as none. The clock is read only for those that can be interrupted and expire.
    let expires = remaining > 0 && remaining < .max
    let deadline = expires ? metal_monotonic_nanoseconds() + min(remaining, .max / 2) : nil
    var isLastLook = false
    while true {
      // Safety: the entries are the system's until `endWait`; `grow` makes a second list meanwhile. The buffer is the
      // caller's.
      let list = unsafe beginWait()
      let result = unsafe wait(for: list, nanoseconds: remaining)
      let pass = try unsafe endWait(ready: result, into: buffer)
      try SystemKernel.check(result)
      if pass.count > 0 || result == 0 { return pass.count }
      // The wait ended without an event: for a change of the registrations, or a hang-up that was reported before.
      if let deadline { remaining = deadline - metal_monotonic_nanoseconds() }
      if remaining <= 0 {
        // A source that has moved meanwhile may be ready. One last look finds it; other threads cannot cause another.
        if !pass.hasMissed || isLastLook { return 0 }
        isLastLook = true
        remaining = 0
      }
    }
  }

  /// Declares the wait begun, and returns the entries that poll(2) is to look at.
  ///
  /// They are the system's until `endWait`, and nobody moves or frees them.
  @unsafe
  func beginWait() -> UnsafeMutableBufferPointer<metal_poll_entry> {
    // Safety: the list has at least `waitCount` entries, and stays where it is until `endWait`.
    unsafe table.withState { state in
      state.beginWait()
      return unsafe UnsafeMutableBufferPointer(start: state.list.elements, count: state.waitCount)
    }
  }

  /// Makes the system call, and returns the number of entries at which poll(2) saw something, or a negated errno.
  @unsafe
  func wait(for list: UnsafeMutableBufferPointer<metal_poll_entry>, nanoseconds: Int64) -> Int {
    // The selector's own entry is always there.
    let entries = list.baseAddress!
    let count = list.count
    // A call that may sleep enters the thread in the queues of all descriptors first, which takes most of its time. A busy
    // loop finds something without.
    if nanoseconds > 0, count > Self.fewEntries {
      // Safety: the list has that many entries, and the system writes to them alone; likewise below.
      let ready = unsafe metal_poll(entries, count, 0)
      if ready != 0 { return ready }
    }
    guard nanoseconds < .max else {
      // By the call that sleeps with a timeout, too, where the system has it: in a trace poll(2) asks and ppoll(2) sleeps.
      let ready = unsafe metal_ppoll(entries, count, -1)
      return ready == -Int(ENOSYS) ? unsafe metal_poll(entries, count, -1) : ready
    }
    return timedWait.wait(
      nanoseconds: nanoseconds, finely: { unsafe metal_ppoll(entries, count, $0) },
      coarsely: { unsafe metal_poll(entries, count, $0) })
  }

  /// For so many entries asking first saves less than a system call takes.
  private static var fewEntries: Int { 8 }

  /// Declares the wait ended, and writes the events for what poll(2) saw, as many as there is room for.
  ///
  /// A source without room stays armed, and the next call begins with it.
  @unsafe
  func endWait(ready: Int, into events: UnsafeMutableBufferPointer<PosixPollEvent>) throws(IOError) -> WaitPass {
    try table.withState { state throws(IOError) in
      state.endWait()
      table.wakeAll()
      defer { state.enterChanges() }
      // Safety: the caller lends the buffer for the call.
      var pass = unsafe WaitPass(missing: ready, events: events)
      if ready > 0 { try state.collect(&pass) }
      return pass
    }
  }
}

/// One pass over the entries at which poll(2) saw something, and the events that it fills in.
@safe
struct WaitPass {
  /// Entries at which poll(2) has seen something, and that have not been found yet.
  var missing: Int
  /// The number of events.
  private(set) var count = 0
  /// Whether something was seen at an entry that is out of date.
  var hasMissed = false
  let events: UnsafeMutableBufferPointer<PosixPollEvent>

  // Safety: the buffer is asked for its size.
  var hasRoom: Bool { unsafe count < events.count }

  mutating func report(_ event: PosixPollEvent) {
    precondition(hasRoom)
    // Safety: there is room for it.
    unsafe events[count] = event
    count += 1
  }
}

extension RegistrationTable {
  /// Collects the events in one pass over the list that ends when all is found.
  ///
  /// The next wait begins where this one ran out of room, so every source is reported in time.
  fileprivate mutating func collect(_ pass: inout WaitPass) throws(IOError) {
    let start = cursor < waitCount ? cursor : 0
    cursor = 0
    if try collect(start..<waitCount, &pass) { return }
    _ = try collect(0..<start, &pass)
  }

  /// Collects the events in a range of positions, and returns whether the pass has come to its end.
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

  /// Collects the events of the wakers that were woken; the next wait ends at once if there was no room for all.
  private mutating func takeWakes(_ pass: inout WaitPass) throws(IOError) {
    guard let notifier else { return }
    if Conditions(rawValue: list[0].revents).contains(.invalid) { throw IOError(.badDescriptor) }
    // Before the wakers are looked at: a wake after this point notifies again.
    try notifier.clear()
    if !takeWoken(&pass) { try notifier.notify() }
  }
}

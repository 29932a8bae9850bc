internal import MetalCore
public import Synchronization

/// Reports write-closed for each pipe end that a program registers after the other end is gone.
///
/// FreeBSD and NetBSD refuse to watch a pipe end without its other end for writing, so no event reports the loss. The
/// contract requires an event that reports write-closed. So the selector triggers a user event under the source's
/// token, with a mark that distinguishes the event from a waker's event.
///
/// The kernel does not remove a user event when the program closes the descriptor. However, the event must not reach a
/// program that has closed the source. If the program does not watch the descriptor for reading, the selector makes a
/// disabled registration for reading. The kernel removes this registration when the program closes the descriptor, even
/// if another file then gets the number. If the registration is gone when the user event arrives, the event is stale.
///
/// `@unchecked Sendable`: only the thread that has set `isLocked` uses the entries.
@usableFromInline
final class BrokenPipes: @unchecked Sendable {
  /// The bit that marks a user event as a report of a broken pipe.
  @inlinable static var mark: UInt32 { 1 }

  /// A registration that the kernel refused.
  struct Entry {
    /// The number of the user event.
    let event: UInt
    /// The pipe's descriptor, as the queue names it.
    let descriptor: UInt
    let token: UInt
    /// Whether the program also watches the descriptor for reading.
    let isWatchedForReading: Bool
  }

  @usableFromInline let count = Atomic<Int>(0)
  private let isLocked = Atomic<Bool>(false)
  private var entries: [Entry] = []

  /// Whether there is an entry.
  ///
  /// Every poll reads this property.
  @inlinable
  var isInUse: Bool {
    // Relaxed, because the selector makes the entry before it triggers the event, and the kernel orders both. A thread
    // that ends a registration has seen the call that made the entry.
    count.load(ordering: .relaxed) != 0
  }

  func insert(_ entry: Entry) {
    locked {
      entries.append(entry)
      count.add(1, ordering: .relaxed)
    }
  }

  /// Removes and returns the entry for which `isWanted` returns `true`.
  ///
  /// Until `isWanted` has returned, the entry stays, and no other thread can take the entry. A thread that registers
  /// the descriptor again first takes the entry, so the thread waits for `isWanted`.
  @discardableResult
  func take(where isWanted: (Entry) -> Bool) -> Entry? {
    locked {
      guard let index = entries.firstIndex(where: isWanted) else { return nil }
      count.subtract(1, ordering: .relaxed)
      return entries.remove(at: index)
    }
  }

  private func locked<R>(_ body: () -> R) -> R {
    // `Guarded` is part of MetalSystem. Where only the simulated kernel has a queue, this module does not depend on
    // MetalSystem. A thread rarely takes the lock, and holds the lock for one system call at most.
    while isLocked.exchange(true, ordering: .acquiring) {}
    defer { isLocked.store(false, ordering: .releasing) }
    return body()
  }
}

extension KqueueSelector {
  /// Reports write-closed for a pipe whose other end is gone.
  func announceBrokenPipe(_ changes: KqueueChanges) throws(IOError) {
    let (ident, token) = (changes.ident, changes.records[0].token)
    if !changes.watchesForReading {
      // Some systems also return EBADF for a descriptor that no queue can watch. This change then fails as well.
      let tombstone = KernelEvent(ident: ident, filter: .read, flags: [.add, .clear, .disable], token: token)
      if let error = change(tombstone) { throw error }
    }
    let event = nextUserEvent()
    brokenPipes.insert(
      BrokenPipes.Entry(
        event: event, descriptor: ident, token: token, isWatchedForReading: changes.watchesForReading))
    // Two changes, because FreeBSD ignores a trigger in the change that makes the event.
    var record = KernelEvent(ident: event, filter: .user, flags: [.add, .clear, .oneShot], token: token)
    var error = change(record)
    if error == nil {
      record.flags = .add
      record.filterFlags = UserEventFlags.trigger | UserEventFlags.copy | BrokenPipes.mark
      error = change(record)
    }
    if let error {
      brokenPipes.take { $0.event == event }
      throw error
    }
  }

  /// Withdraws the report of a broken pipe for a descriptor.
  @usableFromInline @inline(never)
  func takeBackNews(_ descriptor: UInt) {
    guard let entry = brokenPipes.take(where: { $0.descriptor == descriptor }) else { return }
    // An error means that the queue has delivered the event meanwhile. The event is stale, because its entry is gone.
    change(KernelEvent(ident: entry.event, filter: .user, flags: .delete))
  }

  /// Removes the reports of sources that the program has closed.
  ///
  /// - Returns: The number of records that are left. If the number is 0, the records are unchanged.
  @unsafe
  func dropStaleNews(_ records: UnsafeMutableBufferPointer<KernelEvent>, _ count: Int) -> Int {
    var kept = 0
    for index in 0..<count {
      // Safety: the first `count` records are initialized, and `kept` never exceeds `index`.
      let record = unsafe records[index]
      if KqueueEvent(record: record).reportsBrokenPipe, !isTrue(record.ident) { continue }
      unsafe records[kept] = record
      kept += 1
    }
    return kept
  }

  /// Whether a user event reports a source that is still registered.
  private func isTrue(_ event: UInt) -> Bool {
    var isTrue = false
    brokenPipes.take { entry in
      guard entry.event == event else { return false }
      let flags: KernelEvent.Flags = entry.isWatchedForReading ? .enable : .delete
      isTrue = change(KernelEvent(ident: entry.descriptor, filter: .read, flags: flags, token: entry.token)) == nil
      return true
    }
    return isTrue
  }
}

public import MetalCore

/// The changes of one registration call: at most one per direction.
@frozen @usableFromInline
struct KqueueChanges {
  /// What to change, the writing direction first.
  ///
  /// In this order a pipe's writer that is registered in both directions fails before anything was done.
  @usableFromInline var records: InlineArray<2, KernelEvent>
  @usableFromInline var count = 0

  @usableFromInline let token: Token
  @usableFromInline let ident: UInt

  @inlinable
  init(_ descriptor: Int32, _ token: Token) {
    self.token = token
    // A negative number becomes one that no descriptor has, which the kernel refuses.
    ident = UInt(bitPattern: Int(descriptor))
    records = InlineArray(repeating: KernelEvent(ident: ident, filter: .write, flags: []))
  }

  /// Adds what watches the given directions.
  @inlinable
  mutating func add(_ interests: Interests) throws(IOError) {
    if interests.isPriority { try raiseUnsupported() }
    if interests.isWritable { append(.write, [.add, .clear, .receipt]) }
    if interests.isReadable { append(.read, [.add, .clear, .receipt]) }
  }

  /// Adds what ends the watching of the directions that no change is there for.
  @inlinable
  mutating func deleteTheOthers() {
    let added = count
    if !watches(.write, added) { append(.write, [.delete, .receipt]) }
    if !watches(.read, added) { append(.read, [.delete, .receipt]) }
  }

  @inlinable
  func watches(_ filter: KernelEvent.Filter, _ added: Int) -> Bool {
    for index in 0..<added where records[index].filter == filter { return true }
    return false
  }

  @inlinable
  mutating func append(_ filter: KernelEvent.Filter, _ flags: KernelEvent.Flags) {
    records[count] = KernelEvent(ident: ident, filter: filter, flags: flags, token: token.rawValue)
    count += 1
  }
}

/// Throws for an interest that a queue cannot report; apart from the callers, which are on the success path.
@usableFromInline @inline(never)
func raiseUnsupported() throws(IOError) -> Never {
  throw IOError(.unsupported)
}

extension KqueueSelector {
  /// Makes the changes of a registration call, all of them or none.
  ///
  /// Each change asks for a receipt, so the call neither waits nor takes events away (a rule of kevent(2)), and as many
  /// answers come back as changes were given.
  @inlinable
  func apply(_ changes: inout KqueueChanges) throws(IOError) {
    var receipts = changes.records
    let result = exchange(
      changes.records.span.extracting(first: changes.count), receipts: &receipts, limit: changes.count)
    if result != IOResult(rawValue: changes.count) { try raise(changes, result) }
    for index in 0..<changes.count where receipts[index].data != 0 {
      try settle(changes, receipts)
      break
    }
  }

  /// Makes changes that ask for receipts, and collects these.
  @inlinable
  func exchange(
    _ changes: Span<KernelEvent>, receipts: inout InlineArray<2, KernelEvent>, limit: Int
  ) -> IOResult {
    var storage = receipts.mutableSpan
    // Safety: the output span ends within the closure, over initialized trivial records that are lent exclusively.
    return unsafe storage.withUnsafeMutableBufferPointer { buffer in
      let free = unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<limit])
      var output = unsafe OutputSpan<KernelEvent>(buffer: free, initializedCount: 0)
      let result = kernel.kevent(queue, changes: changes, events: &output, timeout: 0)
      _ = unsafe output.finalize(for: free)
      return result
    }
  }

  /// Throws what the call as a whole failed with; what it may have done is undone.
  @usableFromInline @inline(never)
  func raise(_ changes: KqueueChanges, _ result: IOResult) throws(IOError) {
    let error = result.isSuccess ? IOError(.other) : K.error(for: result)
    // A call that a signal interrupts has made its changes before. Making them again would re-arm what was told meanwhile.
    if error.kind == .interrupted { return }
    deleteBoth(changes.ident)
    throw error
  }

  /// Deals with changes that were refused.
  @usableFromInline @inline(never)
  func settle(_ changes: KqueueChanges, _ receipts: InlineArray<2, KernelEvent>) throws(IOError) {
    var pipeIsBroken = false
    for index in 0..<changes.count where receipts[index].data != 0 {
      let error = K.error(for: IOResult(rawValue: -receipts[index].data))
      let change = changes.records[index]
      switch error.kind {
      case .notFound where change.flags.contains(.delete),
        .badDescriptor where change.flags.contains(.delete):
        // What is to be ended has ended already: the descriptor was closed behind the library's back, or was never
        // watched in this direction.
        continue
      case .brokenPipe where change.filter == .write,
        .badDescriptor where change.filter == .write && isOpen(change):
        // The other end of the pipe is gone. Most systems report this as an event. FreeBSD (EPIPE) and NetBSD (EBADF)
        // refuse to watch the descriptor, and would never report it.
        pipeIsBroken = true
      default:
        deleteBoth(changes.ident)
        throw error
      }
    }
    guard pipeIsBroken else { return }
    do throws(IOError) {
      try announceBrokenPipe(changes)
    } catch {
      deleteBoth(changes.ident)
      throw error
    }
  }

  private func isOpen(_ change: KernelEvent) -> Bool {
    kernel.isOpen(Int32(truncatingIfNeeded: Int(bitPattern: change.ident)))
  }

  /// Ends the watching of both directions, whatever is watched; there is nothing to be done about an error.
  @usableFromInline @inline(never)
  func deleteBoth(_ ident: UInt) {
    change(KernelEvent(ident: ident, filter: .write, flags: .delete))
    change(KernelEvent(ident: ident, filter: .read, flags: .delete))
  }

  /// Makes one change; returns the error that it was answered with, if any.
  @discardableResult
  @usableFromInline @inline(never)
  func change(_ record: KernelEvent) -> IOError? {
    var record = record
    record.flags.insert(.receipt)
    var receipts = InlineArray<2, KernelEvent>(repeating: record)
    let changes = InlineArray<1, KernelEvent>(repeating: record)
    let result = exchange(changes.span, receipts: &receipts, limit: 1)
    if !result.isSuccess {
      let error = K.error(for: result)
      // As for a registration: a call that is interrupted has made its change.
      return error.kind == .interrupted ? nil : error
    }
    let code = receipts[0].data
    return code == 0 ? nil : K.error(for: IOResult(rawValue: -code))
  }
}

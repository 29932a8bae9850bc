public import MetalCore

/// The changes of one registration call: at most one per direction, and additions before deletions.
@frozen @usableFromInline
struct KqueueChanges {
  /// The changes, in the order in which the kernel makes the changes.
  ///
  /// Of two additions, the addition for writing comes first. So if the kernel refuses to watch the writer of a broken
  /// pipe, the kernel has made no change before.
  @usableFromInline var records: InlineArray<2, KernelEvent>
  @usableFromInline var count = 0
  @usableFromInline let watchesForReading: Bool

  /// Makes the changes that watch the directions of `interests`.
  ///
  /// With `endingOthers`, further changes stop watching the other directions.
  @inlinable
  init(_ descriptor: Int32, _ token: Token, _ interests: Interests?, endingOthers: Bool) throws(IOError) {
    if interests?.isPriority ?? false { try refuse(.unsupported) }
    let watchesForWriting = interests?.isWritable ?? false
    watchesForReading = interests?.isReadable ?? false
    // A negative number becomes a number that no descriptor has, and the kernel refuses that number.
    let ident = UInt(bitPattern: Int(descriptor))
    records = InlineArray(repeating: KernelEvent(ident: ident, filter: .write, flags: [], token: token.rawValue))
    if watchesForWriting { append(.write, [.add, .clear, .receipt]) }
    if watchesForReading { append(.read, [.add, .clear, .receipt]) }
    if endingOthers, !watchesForWriting { append(.write, [.delete, .receipt]) }
    if endingOthers, !watchesForReading { append(.read, [.delete, .receipt]) }
  }

  @inlinable
  mutating func append(_ filter: KernelEvent.Filter, _ flags: KernelEvent.Flags) {
    records[count].filter = filter
    records[count].flags = flags
    count += 1
  }

  @inlinable var ident: UInt { records[0].ident }
}

/// Throws an error of the selector outside of the inlined success path.
@usableFromInline @inline(never)
func refuse(_ kind: IOError.Kind) throws(IOError) -> Never {
  throw IOError(kind)
}

extension KqueueSelector {
  /// Makes either all changes of a registration call or none.
  ///
  /// Each change asks for a receipt. So kevent(2) neither waits nor removes events, and returns one answer for each
  /// change.
  ///
  /// Before the changes, the selector withdraws the report of a broken pipe for the same number. The report may belong
  /// to a source that the program has closed.
  @inlinable
  func apply(_ changes: KqueueChanges) throws(IOError) {
    if brokenPipes.isInUse { takeBackNews(changes.ident) }
    var receipts = changes.records
    let result = exchange(changes.records.span.extracting(first: changes.count), receipts: &receipts)
    var isRefused = result != IOResult(rawValue: changes.count)
    for index in 0..<changes.count where receipts[index].data != 0 { isRefused = true }
    if isRefused { try settle(changes, result, receipts) }
  }

  /// Makes changes that ask for receipts, and collects the receipts.
  @inlinable
  func exchange(_ changes: Span<KernelEvent>, receipts: inout InlineArray<2, KernelEvent>) -> IOResult {
    var storage = receipts.mutableSpan
    // Safety: the output span does not leave the closure. The records under the span are initialized, trivial, and lent
    // exclusively.
    return unsafe storage.withUnsafeMutableBufferPointer { buffer in
      let free = unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<changes.count])
      var output = unsafe OutputSpan<KernelEvent>(buffer: free, initializedCount: 0)
      let result = kernel.kevent(queue, changes: changes, events: &output, timeout: 0)
      _ = unsafe output.finalize(for: free)
      return result
    }
  }

  /// Handles a failed call and refused changes.
  ///
  /// If this method throws, the queue no longer watches the descriptor.
  @usableFromInline @inline(never)
  func settle(_ changes: KqueueChanges, _ result: IOResult, _ receipts: InlineArray<2, KernelEvent>) throws(IOError) {
    do throws(IOError) {
      guard result == IOResult(rawValue: changes.count) else {
        let error = result.isSuccess ? IOError(.other) : K.error(for: result)
        // An interrupted call has made its changes. Repeating the changes would re-arm a direction that the queue has
        // reported meanwhile.
        if error.kind == .interrupted { return }
        throw error
      }
      var pipeIsBroken = false
      for index in 0..<changes.count where receipts[index].data != 0 {
        let error = K.error(for: IOResult(rawValue: -receipts[index].data))
        let change = changes.records[index]
        switch error.kind {
        case .notFound where change.flags.contains(.delete), .badDescriptor where change.flags.contains(.delete):
          // The registration has ended already: other code closed the descriptor, or the selector never watched this
          // direction.
          continue
        case .brokenPipe where change.filter == .write, .badDescriptor where change.filter == .write && isOpen(change):
          // The other end of the pipe is gone. Most systems report the loss as an event. FreeBSD (EPIPE) and NetBSD
          // (EBADF) refuse to watch the descriptor, and never report the loss.
          pipeIsBroken = true
        default: throw error
        }
      }
      if pipeIsBroken { try announceBrokenPipe(changes) }
    } catch {
      deleteBoth(changes.ident)
      throw error
    }
  }

  private func isOpen(_ change: KernelEvent) -> Bool {
    kernel.isOpen(Int32(truncatingIfNeeded: Int(bitPattern: change.ident)))
  }

  /// Deletes the registrations of both directions, and ignores errors.
  @usableFromInline @inline(never)
  func deleteBoth(_ ident: UInt) {
    change(KernelEvent(ident: ident, filter: .write, flags: .delete))
    change(KernelEvent(ident: ident, filter: .read, flags: .delete))
  }

  /// Makes one change.
  ///
  /// - Returns: The error in the answer to the change, or `nil`.
  @discardableResult
  @usableFromInline @inline(never)
  func change(_ record: KernelEvent) -> IOError? {
    var record = record
    record.flags.insert(.receipt)
    var receipts = InlineArray<2, KernelEvent>(repeating: record)
    let changes = InlineArray<1, KernelEvent>(repeating: record)
    let result = exchange(changes.span, receipts: &receipts)
    if !result.isSuccess {
      let error = K.error(for: result)
      // As for a registration, an interrupted call has made its change.
      return error.kind == .interrupted ? nil : error
    }
    return receipts[0].data == 0 ? nil : K.error(for: IOResult(rawValue: -receipts[0].data))
  }
}

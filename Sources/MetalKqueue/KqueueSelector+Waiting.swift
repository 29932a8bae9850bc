public import MetalCore

extension KqueueSelector {
  /// Waits, and fills the container with the records that the queue delivers.
  @inlinable
  public func select(
    into events: inout Events<KqueueSelector>, timeout: Duration?, by permit: inout WaitPermit<KqueueSelector>
  ) throws(IOError) {
    let capacity = events.capacity
    if capacity == 0 { try raiseInvalidInput() }
    let nanoseconds = timeout?.wholeNanoseconds
    repeat {
      // Safety: the buffer has room for `capacity` records and no copy shares it; an event is nothing but the record.
      let records = unsafe UnsafeMutableRawPointer(events.prepare()).assumingMemoryBound(to: KernelEvent.self)
      let buffer = unsafe UnsafeMutableBufferPointer(start: records, count: capacity)
      var output = unsafe OutputSpan<KernelEvent>(buffer: buffer, initializedCount: 0)
      let result = kernel.kevent(queue, changes: Span(), events: &output, timeout: nanoseconds)
      var count = unsafe output.finalize(for: buffer)
      if !result.isSuccess { try raise(result) }
      pendingWakes.take()
      if brokenPipes.isInUse {
        let delivered = count
        count = unsafe dropStaleNews(records, delivered)
        // Nothing but stale news is as nothing; that wait goes on, for the timeout once more with each piece.
        if count == 0, delivered > 0 { continue }
      }
      // Safety: the kernel has written the first `count` records.
      unsafe events.commit(count: count)
      return
    } while true
  }

  @usableFromInline
  @inline(never)
  func raise(_ result: IOResult) throws(IOError) -> Never {
    throw K.error(for: result)
  }
}

@usableFromInline
@inline(never)
func raiseInvalidInput() throws(IOError) -> Never {
  throw IOError(.invalidInput)
}

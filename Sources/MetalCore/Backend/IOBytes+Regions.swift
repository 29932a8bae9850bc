// Splits the memory of a call into buffers, for kernels.

extension OutputSpan where Element == UInt8 {
  /// Lends the free part to a call.
  ///
  /// The bytes that the call has written count as initialized.
  @inlinable
  package mutating func fill(_ call: (consuming MutableRawSpan) -> IOResult) -> IOResult {
    // Safety: the span covers the free part and ends with the call. The call writes from the beginning of the free
    // part, and returns the number of written bytes, which are then initialized.
    unsafe withUnsafeMutableBufferPointer { memory, initializedCount in
      let free = unsafe UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(memory)[initializedCount...])
      let result = call(unsafe MutableRawSpan(_unsafeBytes: free))
      if result.rawValue > 0 { initializedCount += result.rawValue }
      return result
    }
  }
}

extension IOBytes where Self: ~Copyable & ~Escapable {
  /// Calls a body with each buffer in turn, until the body returns `false`.
  package func forEachRegion(_ body: (Span<UInt8>) -> Bool) {
    // Safety: each buffer is lent for one call of the body only. The entries of a list are as `IOVector` made them.
    _ = unsafe withUnsafeRegions { memory, count in
      guard let memory = unsafe memory else { return IOResult(rawValue: 0) }
      guard !Self.isContiguous else {
        _ = body(unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(start: memory, count: count)))
        return IOResult(rawValue: 0)
      }
      let entries = unsafe memory.assumingMemoryBound(to: IOVectorEntry.self)
      for index in 0..<count {
        let bytes = unsafe UnsafeRawBufferPointer(start: entries[index].base, count: entries[index].count)
        guard body(unsafe Span<UInt8>(_unsafeBytes: bytes)) else { break }
      }
      return IOResult(rawValue: 0)
    }
  }
}

extension MutableIOBytes where Self: ~Copyable & ~Escapable {
  /// Calls a body with each buffer in turn, until the body returns `false`.
  package mutating func forEachRegion(_ body: (inout MutableSpan<UInt8>) -> Bool) {
    // Safety: as above. The memory is also initialized, or it is trivial and the body only writes to it.
    _ = unsafe withUnsafeRegions { memory, count in
      guard let memory = unsafe memory else { return IOResult(rawValue: 0) }
      guard !Self.isContiguous else {
        var bytes = unsafe MutableSpan<UInt8>(_unsafeBytes: UnsafeMutableRawBufferPointer(start: memory, count: count))
        _ = body(&bytes)
        return IOResult(rawValue: 0)
      }
      let entries = unsafe memory.assumingMemoryBound(to: IOVectorEntry.self)
      for index in 0..<count {
        let memory = unsafe UnsafeMutableRawBufferPointer(start: entries[index].base, count: entries[index].count)
        var bytes = unsafe MutableSpan<UInt8>(_unsafeBytes: memory)
        guard body(&bytes) else { break }
      }
      return IOResult(rawValue: 0)
    }
  }
}

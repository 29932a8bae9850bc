import MetalIO

/// A stream that is watched by a source which borrows its descriptor, as a program does with what others have opened.
struct BorrowedStream: ~Copyable {
  // In this order: the registration ends before its descriptor is closed.
  var source: BorrowedDescriptor
  private let owner: UnixStream

  init(_ owner: consuming UnixStream) {
    source = BorrowedDescriptor(owner.rawDescriptor)
    self.owner = owner
  }

  /// Closes the stream, after its registration has ended.
  consuming func close() throws(IOError) {
    _ = consume source
    try owner.close()
  }

  /// Reads once, in the source's sight; `nil` if that would block.
  func read(into buffer: inout InlineArray<512, UInt8>) throws(IOError) -> Int? {
    try source.perform { _ throws(IOError) in
      guard let count = try owner.read(into: buffer.mutableSpan) else { throw IOError(.wouldBlock) }
      return count
    }
  }

  /// Writes once, in the source's sight; `nil` if that would block.
  func write(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    try source.perform { _ throws(IOError) in
      guard let count = try owner.write(bytes) else { throw IOError(.wouldBlock) }
      return count
    }
  }
}

import MetalIO

/// A stream that is watched by a source which borrows its descriptor, as a program does with what others have opened.
struct BorrowedStream: ~Copyable {
  // In this order: the registration ends before its descriptor is closed.
  var source: SourceDescriptor
  private let owner: UnixStream

  init(_ owner: consuming UnixStream) {
    source = SourceDescriptor(borrowing: owner.rawDescriptor)
    self.owner = owner
  }

  /// Closes the stream, after its registration has ended.
  consuming func close() throws(IOError) {
    _ = consume source
    try owner.close()
  }

  /// Reads once, in the source's sight; `nil` if that would block.
  func read(into buffer: inout InlineArray<512, UInt8>) throws(IOError) -> Int? {
    do throws(IOError) {
      return try source.perform { _ throws(IOError) in try owner.read(into: buffer.mutableSpan) }
    } catch .wouldBlock {
      return nil
    }
  }

  /// Writes once, in the source's sight; `nil` if that would block.
  func write(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    do throws(IOError) {
      return try source.perform { _ throws(IOError) in try owner.write(bytes) }
    } catch .wouldBlock {
      return nil
    }
  }
}

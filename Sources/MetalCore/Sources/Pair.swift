/// The two ends of a new pipe.
///
/// ```swift
/// let pipe = try PipeEnds()
/// var reader = pipe.reader
/// var writer = pipe.writer
/// ```
///
/// Source: pipe(7), Linux man-pages 6; pipe(2), FreeBSD 14.
@frozen
public struct PipeEnds<S: Selector>: ~Copyable, Sendable {
  /// The reading end.
  public var reader: PipeReader<S>
  /// The writing end.
  public var writer: PipeWriter<S>

  /// Makes a pipe whose ends are non-blocking and close-on-exec.
  ///
  /// - Parameter kernel: The kernel that opens the pipe. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` if the kernel has no pipes.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: pipe2(2); pipe(2).
  @inlinable
  public init(on kernel: S.K = .current) throws(IOError) {
    let descriptors = try kernel.openPipe()
    reader = PipeReader(handle: SourceHandle(owning: descriptors.first, on: kernel))
    writer = PipeWriter(handle: SourceHandle(owning: descriptors.second, on: kernel))
  }
}

/// Two values that one call makes together, such as the ends of a pipe.
///
/// A program can consume each value by itself. A pair replaces a tuple, which cannot hold noncopyable values.
@frozen
public struct Pair<First: ~Copyable, Second: ~Copyable>: ~Copyable {
  /// The first value.
  public var first: First
  /// The second value.
  public var second: Second

  /// Makes a pair of two values.
  @inlinable
  public init(_ first: consuming First, _ second: consuming Second) {
    self.first = first
    self.second = second
  }
}

extension Pair: Copyable where First: Copyable, Second: Copyable {}
extension Pair: BitwiseCopyable where First: BitwiseCopyable, Second: BitwiseCopyable {}
extension Pair: Sendable where First: Sendable & ~Copyable, Second: Sendable & ~Copyable {}

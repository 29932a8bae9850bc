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
  /// The end that is read from.
  public var reader: PipeReader<S>
  /// The end that is written to.
  public var writer: PipeWriter<S>

  /// Makes a pipe whose ends are non-blocking and close-on-exec.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/unsupported`` if the kernel has no pipes.
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

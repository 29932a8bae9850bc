/// What a system call that may block came back with: a count, or a negated system error number.
///
/// A ``Kernel`` returns it instead of throwing, because a throw that crosses two functions is paid twice. The
/// source's own method turns it into an ``IOError``, once, through ``Kernel/error(for:)``.
@frozen
public struct IOResult: Equatable, Sendable, BitwiseCopyable {
  /// The count if it is not negative, the negated error number otherwise.
  public let rawValue: Int

  /// Wraps a raw result: a count, or a negated error number.
  @inlinable
  public init(rawValue: Int) {
    self.rawValue = rawValue
  }

  /// Whether the call did something, which includes having moved no byte at the end of a stream.
  @inlinable public var isSuccess: Bool { rawValue >= 0 }
}

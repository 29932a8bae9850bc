public import MetalCore

// An error outside of both lists may last. If the server retried at once after a lasting error, the server would spin.

extension IOError.Kind {
  /// Whether the error belongs to one connection that has ended.
  ///
  /// The next call accepts another connection.
  ///
  /// Source: accept(2), "Error handling", on Linux; accept(2) of FreeBSD and macOS.
  @inlinable
  public var isOfOneConnection: Bool {
    switch self {
    case .connectionAborted, .connectionReset, .timedOut, .networkDown, .networkUnreachable, .hostUnreachable:
      true
    default: false
    }
  }

  /// Whether descriptors, memory or places in the poll are short.
  ///
  /// A shortage may end later, so the server can try again.
  ///
  /// Source: accept(2); epoll_ctl(2).
  @inlinable
  public var isShortage: Bool {
    switch self {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .outOfMemory, .noSpace: true
    default: false
    }
  }
}

public import MetalCore

// The two lists are closed. An error outside both lists may last, and a server that retries at once would spin.

extension IOError.Kind {
  /// Whether the error belongs to one connection that has ended; the next call accepts another connection.
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

  /// Whether descriptors, memory or places in the poll are short; a shortage may end.
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

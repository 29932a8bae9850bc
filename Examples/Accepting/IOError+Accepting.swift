public import MetalCore

// Closed lists: an error that is in neither may last, and a server that goes on at once would spin.

extension IOError.Kind {
  /// Whether the error is of one connection, which is gone: the next call accepts another one.
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

  /// Whether descriptors, memory or places in the poll are short, which may pass.
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

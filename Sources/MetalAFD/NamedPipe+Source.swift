#if METAL_WINDOWS
public import MetalCore

extension NamedPipe: Source {
  /// Registers the pipe, for `Registry.register(_:token:interests:)`.
  ///
  /// The next wait reports a condition that already holds. A server without a client is neither readable nor writable.
  ///
  /// - Throws:
  ///   - `.alreadyExists` if the pipe is registered, or if it was registered with another poll before.
  ///   - `.unsupported` for the interest `priority`.
  ///   - `.outOfMemory` if the system has no memory.
  /// - Complexity: Up to four system calls. The first registration allocates the buffer for writing.
  ///
  /// Source: CreateIoCompletionPort and SetFileCompletionNotificationModes in Microsoft's documentation of Windows.
  public mutating func register(
    with registry: Registry<AFDSelector>, token: Token, interests: Interests
  ) throws(IOError) {
    try state.register(with: registry.selector.pipes, token: token, interests: interests)
  }

  /// Reregisters the pipe, for `Registry.reregister(_:token:interests:)`.
  ///
  /// - Throws:
  ///   - `.notFound` if the pipe is not registered with this poll.
  ///   - `.unsupported` for the interest `priority`.
  /// - Complexity: Up to two system calls; no allocation.
  ///
  /// Source: ReadFile and PostQueuedCompletionStatus in Microsoft's documentation of Windows.
  public mutating func reregister(
    with registry: Registry<AFDSelector>, token: Token, interests: Interests
  ) throws(IOError) {
    try state.reregister(with: registry.selector.pipes, token: token, interests: interests)
  }

  /// Deregisters the pipe, for `Registry.deregister(_:)`.
  ///
  /// An attempt to connect and a write that are under way go on.
  ///
  /// - Throws: `.notFound` if the pipe is not registered with this poll.
  /// - Complexity: O(1); no system call, no allocation.
  public mutating func deregister(from registry: Registry<AFDSelector>) throws(IOError) {
    try state.deregister(from: registry.selector.pipes)
  }
}
#endif

public import MetalCore

extension SimulatedKernel {
  /// Opens two Unix-domain sockets that are connected with each other.
  ///
  /// - Throws: `.tooManyOpenFiles` if ``descriptorLimit`` leaves no room for two descriptors.
  ///
  /// Source: socketpair(2).
  public func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> {
    try openPair(.socketpair) {
      switch kind {
      case .stream: UnixStreamSocket.makePair(state)
      case .datagram: UnixDatagramSocket.makePair(state)
      }
    }
  }

  /// Opens a pipe, and returns the reading end before the writing end.
  ///
  /// - Throws: `.tooManyOpenFiles` if ``descriptorLimit`` leaves no room for two descriptors.
  ///
  /// Source: pipe(2).
  public func openPipe() throws(IOError) -> Pair<Int32, Int32> {
    try openPair(.pipe) { PipeBuffer.make(state, state.profile.pipes.buffer) }
  }
}

// MARK: - Files of Unix-domain sockets

extension SimulatedKernel {
  /// The paths of the socket files on the machine, in the order of their bytes.
  ///
  /// The kernel compares paths by bytes, so paths that are equal as strings may differ. A closed socket's file stays.
  ///
  /// - Complexity: O(n log n) for n files; allocates.
  public var socketPaths: [UnixAddress] { simulation.enter { _ in state.host.socketFiles.paths } }

  /// Removes a socket's file, as a program does before it binds to the path again.
  ///
  /// - Throws: `.notFound` if there is no file with the path.
  ///
  /// Source: unlink(2).
  public func removeSocketFile(_ address: UnixAddress) throws(IOError) {
    let isRemoved = simulation.enter { _ in state.host.socketFiles.removeValue(forKey: address) != nil }
    guard isRemoved else { throw Errno.noEntry.error }
  }

  /// Removes a socket's file by the UTF-8 bytes of its path.
  ///
  /// - Throws: `.notFound` if there is no file with the path, or if no socket can have the path.
  ///
  /// Source: unlink(2).
  public func removeSocketFile(_ path: String) throws(IOError) {
    let address: UnixAddress
    do throws(IOError) { address = try UnixAddress(pathname: path) } catch { throw Errno.noEntry.error }
    try removeSocketFile(address)
  }
}

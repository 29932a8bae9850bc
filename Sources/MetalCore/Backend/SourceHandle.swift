/// Owns a descriptor and its registration.
///
/// Each source wraps one handle. Dropping a handle ends the registration and closes the descriptor.
@frozen
public struct SourceHandle<S: Selector>: ~Copyable, Sendable {
  // The `deinit`s of the two fields end the registration and close the descriptor. The handle has no `deinit`, because
  // Swift 6.3 can lose the `deinit` of a generic struct whose layout depends on its parameters. The `deinit` is lost
  // wherever Swift destroys the struct through its metadata (swiftlang/swift#89686). On a system kernel with a selector
  // that needs no hook the fields are two 32-bit words.

  // The order of the fields matters: the registration ends before its descriptor is closed.
  @usableFromInline package var registration: S.Registration
  @usableFromInline package var owner: S.K.Owner

  @inlinable
  package init(owning descriptor: S.K.Descriptor, on kernel: S.K) {
    registration = S.Registration()
    owner = S.K.Owner(owning: descriptor, on: kernel)
  }

  @inlinable
  package init(adopting owner: consuming S.K.Owner) {
    registration = S.Registration()
    self.owner = owner
  }

  @inlinable package var kernel: S.K { owner.kernel }

  @inlinable package var descriptor: S.K.Descriptor { owner.descriptor }

  /// Ends the registration and closes the descriptor.
  ///
  /// The descriptor is closed even if the system reports an error.
  @inlinable
  package consuming func close() throws(IOError) {
    let kernel = kernel
    try kernel.close(end())
  }

  /// Takes the descriptor out of a source.
  ///
  /// If the source is registered, the method stops the program.
  @inlinable
  package consuming func releaseOwner() -> S.K.Owner {
    if registration.isRegistered { Self.stopForRegisteredSource(descriptor) }
    return owner
  }

  @usableFromInline @inline(never)
  static func stopForRegisteredSource(_ descriptor: S.K.Descriptor) -> Never {
    fatalError("Descriptor \(descriptor) is still registered. Deregister its source before the release.")
  }

  /// Ends the registration and gives the descriptor to the caller.
  @inlinable consuming func end() -> S.K.Descriptor { owner.release() }

  // MARK: Registration

  @inlinable
  package mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    registry.selector.kernel.requireSame(as: kernel)
    try registry.selector.register(descriptor, &registration, token: token, interests: interests)
  }

  @inlinable
  package mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try registry.selector.reregister(descriptor, &registration, token: token, interests: interests)
  }

  @inlinable
  package mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try registry.selector.deregister(descriptor, &registration)
  }

  // MARK: Results

  /// Turns a result into a count, or into `nil` if the operation would block.
  ///
  /// The method throws the error of any other failed result.
  @inlinable @inline(__always)
  package func count(_ result: IOResult, _ interests: Interests) throws(IOError) -> Int? {
    if result.isSuccess { return result.rawValue }
    guard result == S.K.wouldBlock else { try raise(result) }
    registration.didBlock(interests)
    return nil
  }

  /// Turns the result of reading from a byte stream into a count, as ``count(_:_:)`` does.
  ///
  /// A count of 0 is the end of the stream, where the read took nothing.
  @inlinable @inline(__always)
  package func readCount(_ result: IOResult) throws(IOError) -> Int? {
    if result.rawValue > 0 { registration.didTake(.readable) }
    return try count(result, .readable)
  }

  /// Turns the result of writing to a byte stream into a count, as ``count(_:_:)`` does.
  ///
  /// A write that took fewer bytes than given counts as a call that would block.
  @inlinable @inline(__always)
  package func writeCount(_ result: IOResult, of given: Int) throws(IOError) -> Int? {
    // The usual outcome comes first, by a comparison that the caller need not repeat.
    if result.rawValue == given { return given }
    if result.rawValue < given, result.rawValue > 0 { registration.didBlock(.writable) }
    return try count(result, .writable)
  }

  /// Turns the result of accepting a connection into a count, as ``count(_:_:)`` does.
  @inlinable
  package func acceptCount(_ result: IOResult) throws(IOError) -> Int? {
    if result.isSuccess { registration.didTake(.readable) }
    return try count(result, .readable)
  }

  /// Turns the result of receiving a datagram into a count, as ``count(_:_:)`` does.
  ///
  /// An error also counts as taken, because its report takes a place in the queue.
  @inlinable
  package func receiveCount(_ result: IOResult) throws(IOError) -> Int? {
    if result != S.K.wouldBlock { registration.didTake(.readable) }
    return try count(result, .readable)
  }

  /// Throws the error of a failed result.
  @inlinable @inline(never)
  package func raise(_ result: IOResult) throws(IOError) -> Never {
    let error = S.K.error(for: result)
    registration.didFail(error)
    throw error
  }

  /// Returns the pending error and clears it.
  ///
  /// The result is `nil` if no error is pending.
  @inlinable
  package func takePendingError() throws(IOError) -> IOError? {
    let error = try kernel.takePendingError(of: descriptor)
    // The hook also runs without an error, because another thread may have taken the error in the meantime.
    registration.didFail(error ?? IOError(.other))
    return error
  }

  /// Runs a program's own operation on the descriptor.
  ///
  /// The library knows only the outcome of the operation.
  @inlinable
  package func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R? {
    try registration.noticing(operation, on: descriptor)
  }
}

extension SourceRegistration where Self: ~Copyable {
  /// Runs a program's own operation, and records its outcome for every kind of operation.
  ///
  /// A successful operation may have read something, or may have written less than the program gave it.
  @inlinable
  package func noticing<Descriptor, R: ~Copyable>(
    _ operation: (Descriptor) throws(IOError) -> R, on descriptor: Descriptor
  ) throws(IOError) -> R? {
    do throws(IOError) {
      let result = try operation(descriptor)
      didTake(.all)
      return result
    } catch {
      guard error.kind == .wouldBlock else {
        didFail(error)
        throw error
      }
      didBlock(.all)
      return nil
    }
  }
}

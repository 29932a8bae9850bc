/// What a source is made of: the descriptor it owns, and where it is registered.
///
/// The sources wrap one of these and add what their kind can do; a program has no use for it. Dropping it ends the
/// registration and closes the descriptor, both by the fields' own `deinit`s: Swift 6.3 loses the `deinit` of a
/// generic struct whose layout depends on its parameters where it destroys the struct through its metadata
/// (swiftlang/swift#89686), so this one has none. On a system kernel with a selector that needs no hook it is two
/// 32-bit words.
@frozen
public struct SourceHandle<S: Selector>: ~Copyable, Sendable {
  // In this order: a registration ends before its descriptor is closed.
  @usableFromInline
  package var registration: S.Registration
  @usableFromInline
  package var owner: S.K.Owner

  @inlinable
  package init(owning descriptor: S.K.Descriptor, on kernel: S.K) {
    registration = S.Registration()
    owner = S.K.Owner(owning: descriptor, on: kernel)
  }

  @inlinable
  package var kernel: S.K { owner.kernel }

  @inlinable
  package var descriptor: S.K.Descriptor { owner.descriptor }

  /// Ends the registration and closes the descriptor; it is gone even if the system reports an error.
  @inlinable
  package consuming func close() throws(IOError) {
    let kernel = kernel
    try kernel.close(end())
  }

  /// Takes the descriptor out of a source that is not registered.
  @inlinable
  package consuming func release() -> S.K.Descriptor {
    precondition(
      !registration.isRegistered,
      "The source is still registered: deregister it before taking its descriptor out.")
    return end()
  }

  /// Ends the registration and gives the descriptor away.
  @inlinable
  consuming func end() -> S.K.Descriptor {
    owner.release()
  }
}

// MARK: - Registration

extension SourceHandle {
  @inlinable
  package mutating func register(
    with registry: Registry<S>, token: Token, interests: Interest
  ) throws(IOError) {
    try registry.selector.register(descriptor, &registration, token: token, interests: interests)
  }

  @inlinable
  package mutating func reregister(
    with registry: Registry<S>, token: Token, interests: Interest
  ) throws(IOError) {
    try registry.selector.reregister(descriptor, &registration, token: token, interests: interests)
  }

  @inlinable
  package mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try registry.selector.deregister(descriptor, &registration)
  }
}

// MARK: - Results

extension SourceHandle {
  /// Turns a result into a count, or throws what it stands for.
  @inlinable
  package func count(_ result: IOResult, _ interest: Interest) throws(IOError) -> Int {
    if result.isSuccess { return result.rawValue }
    if result == S.K.wouldBlock { registration.rearm(interest) }
    try raise(result)
  }

  /// Turns a result into a count, `nil` if the operation would block, or throws what it stands for.
  @inlinable
  package func countIfReady(_ result: IOResult, _ interest: Interest) throws(IOError) -> Int? {
    if result.isSuccess { return result.rawValue }
    guard result == S.K.wouldBlock else { try raise(result) }
    registration.rearm(interest)
    return nil
  }

  /// As ``count(_:_:)`` on a byte stream, where moving fewer bytes than asked re-arms as well.
  @inlinable
  package func streamCount(_ result: IOResult, of asked: Int, _ interest: Interest) throws(IOError) -> Int {
    if result.rawValue < asked, result.rawValue > 0 { registration.rearm(interest) }
    return try count(result, interest)
  }

  /// As ``countIfReady(_:_:)`` on a byte stream, where moving fewer bytes than asked re-arms as well.
  @inlinable
  package func streamCountIfReady(
    _ result: IOResult, of asked: Int, _ interest: Interest
  ) throws(IOError) -> Int? {
    if result.rawValue < asked, result.rawValue > 0 { registration.rearm(interest) }
    return try countIfReady(result, interest)
  }

  /// Throws the error that a failed result stands for.
  @inlinable
  @inline(never)
  package func raise(_ result: IOResult) throws(IOError) -> Never {
    throw S.K.error(for: result)
  }

  /// Runs a program's own operation on the descriptor, and re-arms if it would block.
  @inlinable
  package func perform<R: ~Copyable>(
    _ operation: (S.K.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R {
    do throws(IOError) {
      return try operation(descriptor)
    } catch {
      if error.kind == .wouldBlock { registration.rearm([.readable, .writable]) }
      throw error
    }
  }
}

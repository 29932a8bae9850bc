/// What every source is made of: the kernel it lives on, its descriptor, and where it is registered.
///
/// The public sources wrap one of these and add what their kind can do. It owns the descriptor: dropping the handle
/// closes it. On a system kernel with a selector that needs no hook it is two 32-bit words.
@frozen
@usableFromInline
package struct SourceHandle<S: Selector>: ~Copyable, Sendable {
  @usableFromInline
  package let kernel: S.K
  @usableFromInline
  package var descriptor: S.K.Descriptor
  @usableFromInline
  package var registration: S.Registration
  @usableFromInline
  let droppable = Droppable()

  @inlinable
  package init(owning descriptor: S.K.Descriptor, on kernel: S.K) {
    self.kernel = kernel
    self.descriptor = descriptor
    registration = S.Registration()
  }

  @inlinable
  deinit {
    if descriptor != S.K.noDescriptor {
      abandon(kernel, descriptor, registration)
    }
  }

  /// Closes the descriptor; it is gone even if the system reports an error.
  @inlinable
  package consuming func close() throws(IOError) {
    let descriptor = take()
    try kernel.close(descriptor)
  }

  /// Takes the descriptor out of a source that is not registered.
  @inlinable
  package consuming func release() -> S.K.Descriptor {
    precondition(
      !registration.isRegistered,
      "The source is still registered: deregister it before taking its descriptor out.")
    let descriptor = descriptor
    self.descriptor = S.K.noDescriptor
    return descriptor
  }

  @inlinable
  mutating func take() -> S.K.Descriptor {
    registration.cancel()
    let descriptor = descriptor
    self.descriptor = S.K.noDescriptor
    return descriptor
  }
}

/// Nothing, but something that has to be destroyed: without it, dropping a source may close nothing.
///
/// Where the runtime lays a generic struct out, because its fields' layout depends on its parameters, it takes the
/// struct for trivial when all its fields are, `deinit` or not. Builds without optimisation, and unspecialised code in
/// any build, destroy through that layout: sources vanished and their descriptors stayed open. A field that is not
/// trivial prevents it; this one takes no space, and its `deinit` no time.
///
/// Source: swiftlang/swift#89686, which mends the runtime; Swift 6.3.1 is without it.
@frozen
@usableFromInline
struct Droppable: ~Copyable, Sendable {
  @inlinable
  init() {}

  @inlinable
  deinit {}
}

/// Closes the descriptor of a source that was dropped; there is nobody to tell of an error.
@inlinable
@inline(never)
func abandon<K: Kernel, R: SourceRegistration>(_ kernel: K, _ descriptor: K.Descriptor, _ registration: R) {
  var registration = registration
  registration.cancel()
  do throws(IOError) {
    try kernel.close(descriptor)
  } catch {}
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
    rearming interests: Interest, _ operation: (S.K.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R {
    do throws(IOError) {
      return try operation(descriptor)
    } catch {
      if error.kind == .wouldBlock { registration.rearm(interests) }
      throw error
    }
  }
}

/// Watches descriptors and waits for their events, on behalf of ``Poll`` and ``Registry``.
///
/// Each way of waiting has one type, such as `EpollSelector`. A program chooses its backend by naming the type once, in
/// a typealias. The compiler specialises every source and poll for the type.
///
/// A conforming type keeps the semantics that ``Poll`` describes. Any thread may call every method except
/// ``select(into:timeout:by:)``, even while another thread is in that method. A method that throws changes nothing,
/// except ``reregister(_:_:token:interests:)`` on some selectors.
///
/// On Apple's systems the module ObjectiveC has a type `Selector` as well. In a file that imports Foundation, write
/// `MetalCore.Selector`.
public protocol Selector: AnyObject, Sendable {
  /// The kernel whose descriptors this selector watches.
  associatedtype K: Kernel
  /// The system's event record.
  associatedtype Event: ReadinessEvent
  /// The registration that a source keeps.
  associatedtype Registration: SourceRegistration, ~Copyable
  /// The place of a ``Waker`` in this selector.
  associatedtype WakerHandle: SelectorWaker, ~Copyable

  /// The kernel that this selector waits on.
  var kernel: K { get }

  /// Makes a selector that watches no descriptor.
  ///
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/outOfMemory`` if the system has no memory.
  ///   - Any other error of the system's call.
  init(on kernel: K) throws(IOError)

  /// Empties the container, waits, and fills it with at most its capacity of events.
  ///
  /// - Parameters:
  ///   - events: The container to fill.
  ///   - timeout: The longest time to wait, counted from the call. With `nil` the wait has no limit. With zero or less,
  ///     the selector does not wait.
  ///   - permit: The poll's right to wait. A selector has one permit, so only one wait runs at a time.
  /// - Throws:
  ///   - ``IOError/Kind/invalidInput`` at once if the container's capacity is 0.
  ///   - ``IOError/Kind/interrupted`` if a signal ended the wait.
  ///   - Any other error of the system's wait.
  func select(into events: inout Events, timeout: Duration?, by permit: inout WaitPermit<Self>) throws(IOError)

  /// Starts to watch a descriptor.
  ///
  /// - Parameters:
  ///   - descriptor: The descriptor to watch.
  ///   - registration: The source's record, which the selector sets.
  ///   - token: The token that the events carry.
  ///   - interests: The conditions to report.
  /// - Throws:
  ///   - ``IOError/Kind/alreadyExists`` if this selector or another live selector watches the descriptor already.
  ///   - ``IOError/Kind/unsupported`` for an interest that this selector cannot report.
  ///   - The other errors that ``Registry/register(_:token:interests:)`` lists.
  func register(
    _ descriptor: K.Descriptor, _ registration: inout Registration, token: Token, interests: Interests
  ) throws(IOError)

  /// Replaces the token and the interests of a descriptor, and re-arms the descriptor.
  ///
  /// If a condition holds, a later wait reports the condition again.
  ///
  /// If the selector watches no descriptor after a call that throws, the selector has cleared the registration. There
  /// are two causes: the descriptor is not the registered descriptor, or the selector could not restore the former
  /// registration. In every other case a call that throws changes nothing.
  ///
  /// - Parameters:
  ///   - descriptor: The descriptor, which this selector watches.
  ///   - registration: The source's record, which the selector may change.
  ///   - token: The new token.
  ///   - interests: The new interests.
  /// - Throws:
  ///   - ``IOError/Kind/notFound`` if this selector does not watch the descriptor.
  ///   - The errors that ``register(_:_:token:interests:)`` lists, except ``IOError/Kind/alreadyExists``.
  func reregister(
    _ descriptor: K.Descriptor, _ registration: inout Registration, token: Token, interests: Interests
  ) throws(IOError)

  /// Ends the watch of a descriptor, so that no later wait reports it.
  ///
  /// - Parameters:
  ///   - descriptor: The descriptor, which this selector watches.
  ///   - registration: The source's record, which the selector clears.
  /// - Throws:
  ///   - ``IOError/Kind/notFound`` if this selector does not watch the descriptor.
  ///   - Any other error of the system's call.
  func deregister(_ descriptor: K.Descriptor, _ registration: inout Registration) throws(IOError)

  /// Ends the watch of a borrowed descriptor whose source was dropped without deregistering.
  ///
  /// The default implementation does nothing, which is right for a selector whose `Registration` ends the watch by
  /// itself.
  func endWatch(of descriptor: K.Descriptor)

  /// Makes a waker.
  ///
  /// - Parameter token: The token that the waker's events carry.
  /// - Returns: The waker's place in this selector.
  /// - Throws: The errors that ``Registry/makeWaker(token:)`` lists.
  func makeWaker(token: Token) throws(IOError) -> WakerHandle
}

extension Selector {
  /// Does nothing, because the `Registration` ends the watch by itself.
  @inlinable public func endWatch(of descriptor: K.Descriptor) {}
}

/// A waker's place in a selector.
///
/// The place keeps the selector alive. Dropping the place removes the waker.
public protocol SelectorWaker: ~Copyable, Sendable {
  /// Makes the present or the next wait return with the waker's event, without blocking.
  ///
  /// - Throws: The system's error if the system refuses the wake.
  func wake() throws(IOError)
}

/// Records the selector that watches a source.
///
/// Dropping the record ends the registration. If a selector must learn of the end of a registration, its record is a
/// type with a `deinit` and without generic parameters. A source calls the hooks of its record after an operation.
/// Through the hooks a selector on top of a level-triggered wait learns when to re-arm an interest. If the system
/// re-arms the interests, the hooks compile to nothing.
public protocol SourceRegistration: ~Copyable, Sendable {
  /// Makes the state of a source that is registered nowhere.
  init()

  /// Whether a live selector watches the source.
  var isRegistered: Bool { get }

  /// Records that an operation would have blocked, or took fewer bytes than it was given.
  func didBlock(_ interest: Interests)

  /// Records that an operation took bytes, a datagram or a connection that had made the source ready.
  func didTake(_ interest: Interests)

  /// Records a failed operation. Most systems clear a socket's pending error once a call has returned it.
  func didFail(_ error: IOError)
}

/// The right to wait on a selector, which a poll holds and lends to the selector for each wait.
///
/// Only a ``Poll`` makes a permit, and a permit is noncopyable. A selector therefore has only one wait at a time,
/// without a check at run time. A backend's ``Selector/select(into:timeout:by:)`` takes the permit and need not use it.
///
/// The permit also keeps the selector alive to the end of the poll's life. A plain reference in a noncopyable struct is
/// not enough, because an optimised build releases the reference after its last use.
@frozen
public struct WaitPermit<S: Selector>: ~Copyable, Sendable {
  @usableFromInline let selector: S

  @inlinable init(_ selector: S) { self.selector = selector }

  // The body is empty and stays out of line, so that the compiler destroys a permit where its life ends, not earlier.
  // The layout does not depend on the parameter, so that this `deinit` is not lost (swiftlang/swift#89686).
  @inline(never)
  deinit {}
}

/// A readiness queue, which ``Poll`` and ``Registry`` call.
///
/// Each way of waiting has one type, such as `EpollSelector`. A program chooses its backend by naming the type once, in
/// a typealias. The compiler specialises every source and poll for the type.
///
/// A conforming type keeps the semantics that ``Poll`` describes. Every method but ``select(into:timeout:by:)`` may be
/// called from any thread, also while another thread is in that one. A method that throws changes nothing, but for
/// ``reregister(_:_:token:interests:)`` on some selectors.
///
/// On Apple's systems ObjectiveC has a `Selector` as well. Beside Foundation write `MetalCore.Selector`.
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

  /// Makes an empty selector.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/outOfMemory`` if the system has no memory; any other error of the system's call.
  init(on kernel: K) throws(IOError)

  /// Empties `events`, waits, and fills the container with at most its capacity of events.
  ///
  /// - Parameters:
  ///   - events: The container to fill.
  ///   - timeout: Longest time to wait, counted from the call; `nil` waits for ever, zero or less never.
  ///   - permit: The poll's right to wait. A selector has one permit, so only one wait runs at a time.
  /// - Throws: ``IOError/Kind/invalidInput`` at once if the container's capacity is 0; ``IOError/Kind/interrupted`` if
  ///   a signal ended the wait; any other error of the system's wait.
  func select(into events: inout Events, timeout: Duration?, by permit: inout WaitPermit<Self>) throws(IOError)

  /// Starts to watch a descriptor.
  ///
  /// - Throws: ``IOError/Kind/alreadyExists`` if it is watched already, here or by another live selector;
  ///   ``IOError/Kind/unsupported`` for an interest that this selector cannot report; otherwise the errors that
  ///   ``Registry/register(_:token:interests:)`` lists.
  func register(
    _ descriptor: K.Descriptor, _ registration: inout Registration, token: Token, interests: Interests
  ) throws(IOError)

  /// Replaces token and interests, and re-arms: a condition that holds is reported again.
  ///
  /// If nothing is watched after a call that throws, the selector has cleared the registration: the descriptor is not
  /// the one that was registered, or the selector could not restore what it replaced. Otherwise nothing has changed.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if it is not watched by this selector; otherwise as `register`.
  func reregister(
    _ descriptor: K.Descriptor, _ registration: inout Registration, token: Token, interests: Interests
  ) throws(IOError)

  /// Ends the watch: nothing more is reported for the descriptor.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if it is not watched by this selector; any other error of the system's call.
  func deregister(_ descriptor: K.Descriptor, _ registration: inout Registration) throws(IOError)

  /// Ends the watch of a descriptor that is not the library's, whose source was dropped while it was registered.
  ///
  /// The default does nothing: it is for a selector whose `Registration` ends the watch by itself.
  func endWatch(of descriptor: K.Descriptor)

  /// Makes a waker that is reported under a token.
  ///
  /// - Throws: The errors that ``Registry/makeWaker(token:)`` lists.
  func makeWaker(token: Token) throws(IOError) -> WakerHandle
}

extension Selector {
  /// Does nothing: the `Registration` ends the watch by itself.
  @inlinable public func endWatch(of descriptor: K.Descriptor) {}
}

/// A waker's place in a selector, which it keeps alive; dropping it removes the waker.
public protocol SelectorWaker: ~Copyable, Sendable {
  /// Makes the present or the next wait return with the waker's event; never blocks.
  ///
  /// - Throws: The system's error if it refuses the wake.
  func wake() throws(IOError)
}

/// A source's record of the selector that watches it.
///
/// Dropping it ends the registration: a selector that must be informed has a `deinit` here, in a type that is not
/// generic. The source calls the hooks after its operations. From them a selector on top of a level-triggered wait
/// learns when to re-arm an interest. For selectors that the system re-arms they compile to nothing.
public protocol SourceRegistration: ~Copyable, Sendable {
  /// Makes the state of a source that is registered nowhere.
  init()

  /// Whether a live selector watches the source.
  var isRegistered: Bool { get }

  /// Records that an operation would have blocked, or took fewer bytes than it was given.
  func didBlock(_ interest: Interests)

  /// Records that an operation took something that had made the source ready: bytes, a datagram, a connection.
  func didTake(_ interest: Interests)

  /// Records a failed operation. Most systems clear a socket's pending error once a call has returned it.
  func didFail(_ error: IOError)
}

/// The right to wait on a selector, which a poll holds and lends to the selector for each wait.
///
/// Only a ``Poll`` makes one, and it cannot be copied, so a selector has one wait at a time without a check at run
/// time. A backend's ``Selector/select(into:timeout:by:)`` takes it and need not look at it.
///
/// It also keeps the selector alive to the end of the poll's life. A plain reference in a noncopyable struct does not:
/// an optimised build gives it up after its last use.
@frozen
public struct WaitPermit<S: Selector>: ~Copyable, Sendable {
  @usableFromInline let selector: S

  @inlinable init(_ selector: S) { self.selector = selector }

  // The body is empty and stays out of line, so that the compiler destroys a permit where its life ends, not earlier.
  // The layout does not depend on the parameter, so that this `deinit` is not lost (swiftlang/swift#89686).
  @inline(never)
  deinit {}
}

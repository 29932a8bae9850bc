/// A readiness queue: what ``Poll`` and ``Registry`` call, and the choice that makes a backend.
///
/// One type per way of waiting, such as `EpollSelector`. A program names it once, in a typealias, and every source and
/// poll is specialised for it at compile time.
///
/// A conforming type keeps the semantics that ``Poll`` describes. Every method but ``select(into:timeout:by:)`` may be
/// called from any thread, also while another thread is in that one. A method that throws changes nothing, but for
/// ``reregister(_:_:token:interests:)`` on some selectors.
public protocol Selector: AnyObject, Sendable {
  /// The kernel whose descriptors this selector watches.
  associatedtype K: Kernel
  /// The system's event record.
  associatedtype Event: ReadinessEvent
  /// What a source remembers of where it is registered.
  associatedtype Registration: SourceRegistration, ~Copyable
  /// What a ``Waker`` is made of.
  associatedtype WakerHandle: SelectorWaker, ~Copyable

  /// The kernel that this selector waits on.
  var kernel: K { get }

  /// Makes an empty selector.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles``, ``IOError/Kind/outOfMemory``, or what else the system says.
  init(on kernel: K) throws(IOError)

  /// Discards what `events` held, waits, and fills it with at most its capacity of events.
  ///
  /// - Parameters:
  ///   - events: The container to fill.
  ///   - timeout: Longest time to wait, counted from the call; `nil` waits for ever, zero or less never.
  ///   - permit: The poll's right to wait. A selector has one permit, so only one wait runs at a time.
  /// - Throws: ``IOError/Kind/invalidInput`` at once if the container's capacity is 0; what the system's wait said,
  ///   ``IOError/Kind/interrupted`` included.
  func select(into events: inout Events, timeout: Duration?, by permit: inout WaitPermit<Self>) throws(IOError)

  /// Starts to watch a descriptor.
  ///
  /// - Throws: ``IOError/Kind/alreadyExists`` if it is watched already, here or by another live selector;
  ///   ``IOError/Kind/unsupported`` for an interest that this selector cannot report; or what the system says.
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
  /// - Throws: ``IOError/Kind/notFound`` if it is not watched by this selector; or what the system says.
  func deregister(_ descriptor: K.Descriptor, _ registration: inout Registration) throws(IOError)

  /// Ends the watch of a descriptor that is not the library's, whose source was dropped while it was registered.
  ///
  /// The default does nothing: it is for a selector whose `Registration` ends the watch by itself.
  func endWatch(of descriptor: K.Descriptor)

  /// Makes a waker that is reported under a token.
  ///
  /// - Throws: What ``Registry/makeWaker(token:)`` lists.
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
  /// - Throws: What the system says if it refuses the wake.
  func wake() throws(IOError)
}

/// What a source remembers of the selector that watches it.
///
/// Dropping it ends the registration: a selector that has to be told has a `deinit` here, in a type that is not
/// generic. The source calls the hooks on its way, from which a selector on top of a level-triggered wait learns when
/// to arm an interest again; for selectors that the system arms by itself they compile to nothing.
public protocol SourceRegistration: ~Copyable, Sendable {
  /// Makes the state of a source that is registered nowhere.
  init()

  /// Whether a live selector watches the source.
  var isRegistered: Bool { get }

  /// Takes notice that an operation would have blocked, or took fewer bytes than it was given.
  func didBlock(_ interest: Interests)

  /// Takes notice that an operation took something out of what had made the source ready: bytes, a datagram, a
  /// connection.
  func didTake(_ interest: Interests)

  /// Takes notice that an operation failed, with which most systems regard a pending error as told.
  func didFail(_ error: IOError)
}

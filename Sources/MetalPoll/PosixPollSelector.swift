internal import CMetalSystem
public import MetalCore
public import MetalSystem

/// The selector on poll(2), for any POSIX system.
///
/// The selector disarms each direction that it has reported, so events are edge-triggered.
///
/// A program names this type once, in `typealias Poll = MetalCore.Poll<PosixPollSelector>`, and uses it through `Poll`.
/// The guide "Choosing a backend" compares the selectors.
///
/// A wait costs O(registered descriptors), in the kernel and in the library. Registering, reregistering and
/// deregistering are O(1). Registering and reregistering make a system call, which checks that the descriptor is open.
/// Registering allocates if the table grows, and making a waker allocates. No other call allocates.
///
/// If another thread registers a source or re-arms an interest, its call writes to the selector's pipe and so
/// interrupts the wait. A call that ends a registration or closes its source also interrupts the wait, and returns
/// after that wait. If anything changed during a wait, the waiting thread updates its list, and waits for the rest of
/// its timeout.
///
/// Registering throws `.badDescriptor` for a descriptor that is not open, and `.alreadyExists` for a number that is
/// registered already. poll(2) reports a regular file as always ready. If other code closes a registered descriptor,
/// the next poll that finds the number closed ends the registration. This rule has one exception. After a hang-up or an
/// error, poll(2) ignores the descriptor until the program tries an operation. If a new file gets the number before
/// that operation, the selector cannot distinguish the new file from the old one.
///
/// Source: poll(2), ppoll(2); Linux man-pages 6, POSIX.1-2024.
public final class PosixPollSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The token, and the flags that poll(2) returned.
  public typealias Event = PosixPollEvent
  /// The place of a source in the table.
  public typealias Registration = PosixPollRegistration

  let notifier: Notifier
  /// The table of registrations.
  ///
  /// Each registration holds a reference to the table, and may outlive the selector.
  let table: Guarded<RegistrationTable>
  let timedWait: TimedWait

  /// Makes an empty selector.
  ///
  /// - Parameter kernel: The operating system.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptors are left for the pipe of the
  ///   selector. `.outOfMemory` if the system has no memory.
  /// - Complexity: One system call, seven on Darwin; allocates.
  ///
  /// Source: pipe2(2), pipe(2).
  public convenience init(on kernel: SystemKernel) throws(IOError) {
    kernel.requireNoSimulation()
    try self.init(hasFineWait: true)
  }

  /// Makes an empty selector.
  ///
  /// Without `hasFineWait` the selector waits as on a system without ppoll(2).
  package init(hasFineWait: Bool) throws(IOError) {
    notifier = try Notifier()
    table = Guarded(RegistrationTable(notifier, capacity: 64))
    timedWait = TimedWait(hasFineWait: hasFineWait)
  }

  // If a table has no notifier, all its registrations have ended.
  deinit { table.withState { state in state.notifier = nil } }

  /// The operating system.
  @inlinable public var kernel: SystemKernel { SystemKernel() }
}

// MARK: - Registration

extension PosixPollSelector {
  /// Starts to watch a descriptor.
  ///
  /// - Throws: `.alreadyExists` if the source is registered, or if a descriptor of the same number is registered.
  ///   `.badDescriptor` if the descriptor is not open.
  /// - Complexity: O(1) and one system call, or two if another thread waits. Allocates only if the table grows.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func register(
    _ descriptor: Int32, _ registration: inout PosixPollRegistration, token: Token, interests: Interests
  ) throws(IOError) {
    if registration.isRegistered { throw IOError(.alreadyExists) }
    try SystemKernel.check(metal_check_open(descriptor))
    let generation = table.withState { $0.add(descriptor, token: token, interests: interests) }
    guard let generation else { throw IOError(.alreadyExists) }
    registration = PosixPollRegistration(table: table, descriptor: descriptor, generation: generation)
  }

  /// Replaces the token and the interests of a descriptor, and re-arms it.
  ///
  /// - Throws: `.notFound` if the source is not registered with this poll. `.badDescriptor` if other code has closed
  ///   the descriptor. After `.badDescriptor`, the source is unregistered.
  /// - Complexity: O(1) and one system call, or two if another thread waits; no allocation.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func reregister(
    _ descriptor: Int32, _ registration: inout PosixPollRegistration, token: Token, interests: Interests
  ) throws(IOError) {
    guard registration.isIn(table) else { throw IOError(.notFound) }
    let state = metal_check_open(descriptor)
    if state < 0 {
      // Other code has closed the descriptor, and its number may next belong to a different file.
      registration = PosixPollRegistration()
      try SystemKernel.raise(Int(state))
    }
    let generation = registration.generation
    let renewed = table.withState { $0.replace(descriptor, generation, token: token, interests: interests) }
    guard let renewed else { throw IOError(.notFound) }
    registration.generation = renewed
  }

  /// Ends the watch of a descriptor.
  ///
  /// If another thread waits, the method returns after that wait.
  ///
  /// - Throws: `.notFound` if the source is not registered with this poll.
  /// - Complexity: O(1), plus the time until the other thread's wait ends; no allocation. One system call if another
  ///   thread waits, otherwise none.
  public func deregister(_ descriptor: Int32, _ registration: inout PosixPollRegistration) throws(IOError) {
    guard registration.isIn(table), table.remove(descriptor, registration.generation) else {
      throw IOError(.notFound)
    }
    registration = PosixPollRegistration()
  }
}

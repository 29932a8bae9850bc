internal import CMetalSystem
public import MetalCore
public import MetalSystem

/// Readiness on poll(2), for any POSIX system, edge-triggered: a direction that was reported is disarmed.
///
/// Programs name it once, in `typealias Poll = MetalCore.Poll<PosixPollSelector>`, and use it through `Poll`.
///
/// A wait costs O(descriptors registered), in the kernel and here. Registering, reregistering and deregistering are
/// O(1). The former two make a system call, which asks whether the descriptor is open. The table grows when a source is
/// registered, and the list of wakers when a waker is made; nothing else allocates.
///
/// A call from another thread that registers a source or re-arms an interest interrupts the wait by a write to the
/// selector's pipe. A call that ends a registration, or closes its source, interrupts the wait too, and returns after
/// that wait is over. If anything changed during a wait, the waiting thread enters all registrations again, and waits
/// for the rest of its timeout.
///
/// Registering throws `.badDescriptor` for a descriptor that is not open, and `.alreadyExists` if a descriptor of that
/// number is registered. A regular file is always ready, as poll(2) says. If a program closes a registered descriptor
/// outside the library, the next poll that finds the number closed drops it. Exception: a descriptor that hung up or
/// has an error is not looked at until an operation is tried, and a file that has its number by then is taken for it.
///
/// Source: poll(2), ppoll(2); Linux man-pages 6, POSIX.1-2024.
public final class PosixPollSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The token, and the flags that poll(2) returned.
  public typealias Event = PosixPollEvent
  /// The source's place in the table.
  public typealias Registration = PosixPollRegistration

  let notifier: Notifier
  /// The table of registrations; each of them holds a reference to the table, and may outlive the selector.
  let table: Guarded<RegistrationTable>
  let timedWait: TimedWait

  /// Makes an empty selector.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no two descriptors are left for its pipe.
  public convenience init(on kernel: SystemKernel) throws(IOError) {
    kernel.requireNoSimulation()
    try self.init(hasFineWait: true)
  }

  /// Makes an empty selector, which without `hasFineWait` waits as on a system without ppoll(2).
  package init(hasFineWait: Bool) throws(IOError) {
    notifier = try Notifier()
    table = Guarded(RegistrationTable(notifier, capacity: 64))
    timedWait = TimedWait(hasFineWait: hasFineWait)
  }

  // It ends all registrations.
  deinit { table.withState { state in state.notifier = nil } }

  /// The operating system.
  @inlinable public var kernel: SystemKernel { SystemKernel() }
}

// MARK: - Registration

extension PosixPollSelector {
  /// Starts to watch a descriptor.
  ///
  /// - Throws: `.alreadyExists` if the source, or a descriptor of that number, is registered; `.badDescriptor` if the
  ///   descriptor is not open.
  /// - Complexity: O(1) and a system call; allocates only if the table grows.
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

  /// Replaces token and interests, and re-arms.
  ///
  /// - Throws: `.notFound` if the source is not registered with this poll; `.badDescriptor` if the descriptor was
  ///   closed outside the library, after which the source is not registered.
  /// - Complexity: O(1) and a system call; no allocation.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func reregister(
    _ descriptor: Int32, _ registration: inout PosixPollRegistration, token: Token, interests: Interests
  ) throws(IOError) {
    guard registration.isIn(table) else { throw IOError(.notFound) }
    let state = metal_check_open(descriptor)
    if state < 0 {
      // The descriptor was closed outside the library. A file that gets its number next is not the registered one.
      registration = PosixPollRegistration()
      try SystemKernel.raise(Int(state))
    }
    let generation = registration.generation
    let renewed = table.withState { $0.replace(descriptor, generation, token: token, interests: interests) }
    guard let renewed else { throw IOError(.notFound) }
    registration.generation = renewed
  }

  /// Ends the watch, and returns after a wait of another thread is over.
  ///
  /// - Throws: `.notFound` if the source is not registered with this poll.
  /// - Complexity: O(1), and the end of that wait; no allocation.
  public func deregister(_ descriptor: Int32, _ registration: inout PosixPollRegistration) throws(IOError) {
    guard registration.isIn(table), table.remove(descriptor, registration.generation) else {
      throw IOError(.notFound)
    }
    registration = PosixPollRegistration()
  }
}

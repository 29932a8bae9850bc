internal import CMetalSystem
public import MetalCore
public import MetalSystem

/// Readiness on poll(2), for any POSIX system, edge-triggered: what was reported is disarmed.
///
/// Programs name it once, in `typealias Poll = MetalCore.Poll<PosixPollSelector>`, and use it through `Poll`.
///
/// A wait costs O(descriptors registered), in the kernel and here. Registering, reregistering and deregistering are
/// O(1); the former two make a system call, which asks whether the descriptor is open. From another thread they
/// interrupt the wait by a write to the selector's pipe, as does what arms an interest there; the end of a registration,
/// closing included, waits for that. The table grows when a source is registered, and the list of wakers when one is
/// added; nothing else allocates.
///
/// Registering throws `.badDescriptor` for a descriptor that is not open, and `.alreadyExists` if one of that number is
/// registered. A regular file is always ready, as poll(2) says. A descriptor that is closed behind the library's back is
/// dropped by the next poll that finds its number closed; one that hung up or has a pending error is not looked at
/// until an operation was tried, and a number that is another file's by then is taken for the former one.
///
/// Source: poll(2), ppoll(2); Linux man-pages 6, POSIX.1-2024.
public final class PosixPollSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The token, and what poll(2) returned.
  public typealias Event = PosixPollEvent
  /// The source's place in the table.
  public typealias Registration = PosixPollRegistration

  let notifier: Notifier
  /// The registrations, which hold on to this since they may outlive their selector.
  let table: Guarded<RegistrationTable>
  let timedWait: TimedWait

  /// Makes an empty selector.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no two descriptors are left for its pipe.
  public convenience init(on kernel: SystemKernel) throws(IOError) { try self.init(hasFineWait: true) }

  /// Makes an empty selector, which can be told to do as on a system without ppoll(2).
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
  public func reregister(
    _ descriptor: Int32, _ registration: inout PosixPollRegistration, token: Token, interests: Interests
  ) throws(IOError) {
    guard registration.isIn(table) else { throw IOError(.notFound) }
    let state = metal_check_open(descriptor)
    if state < 0 {
      // Somebody has closed the descriptor. Whatever gets its number next is not what was registered.
      registration = PosixPollRegistration()
      try SystemKernel.raise(Int(state))
    }
    let generation = registration.generation
    let renewed = table.withState { $0.replace(descriptor, generation, token: token, interests: interests) }
    guard let renewed else { throw IOError(.notFound) }
    registration.generation = renewed
  }

  /// Ends the watch.
  public func deregister(_ descriptor: Int32, _ registration: inout PosixPollRegistration) throws(IOError) {
    guard registration.isIn(table), table.remove(descriptor, registration.generation) else {
      throw IOError(.notFound)
    }
    registration = PosixPollRegistration()
  }
}

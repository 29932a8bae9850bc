internal import CMetalSystem
public import MetalCore
public import MetalSystem

/// Readiness on poll(2), for any POSIX system: edge-triggered by disarming what was told, and one pipe to interrupt the
/// wait.
///
/// Programs name it once, in `typealias Poll = MetalCore.Poll<PollSelector>`, and use it through `Poll`.
///
/// A wait costs O(descriptors registered), in the kernel and here. Registering, reregistering and deregistering are
/// O(1); the former two make a system call, which asks whether the descriptor is open. From another thread they
/// interrupt the wait by a write to the pipe, as does what arms an interest there; the end of a registration, closing
/// included, waits for that. The table grows when a source is registered, and the list of wakers when one is added;
/// nothing else allocates.
///
/// Registering throws `.badDescriptor` for a descriptor that is not open, and `.alreadyExists` if one of that number is
/// registered. A regular file is always ready, as poll(2) says. A descriptor that is closed behind the library's back is
/// dropped by the next poll that finds its number closed; one that hung up or has a pending error is not looked at
/// until an operation was tried, and a number that is another file's by then is taken for the former one.
///
/// Source: poll(2), ppoll(2); Linux man-pages 6, POSIX.1-2024.
public final class PollSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The token, and what poll(2) returned.
  public typealias Event = PollEvent
  /// The source's place in the table.
  public typealias Registration = PollRegistration

  let notifier: PollNotifier
  let table: PollTable
  let timedWait: TimedWait

  /// Makes an empty selector.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no two descriptors are left for its pipe.
  public convenience init(on kernel: SystemKernel) throws(IOError) {
    try self.init(hasFineWait: true)
  }

  /// Makes an empty selector, which can be told to do as on a system without ppoll(2).
  package init(hasFineWait: Bool) throws(IOError) {
    notifier = try PollNotifier()
    table = PollTable(notifier)
    timedWait = TimedWait(hasFineWait: hasFineWait)
  }

  deinit {
    table.close()
  }

  /// The operating system.
  @inlinable
  public var kernel: SystemKernel { SystemKernel() }

  /// Discards what `events` held, waits, and fills it with at most its capacity of events.
  ///
  /// - Throws: `.interrupted` if a signal arrived first; `.invalidInput` at once if the container's capacity is 0, or if
  ///   more descriptors are registered than the process may have open; `.outOfMemory`; `.badDescriptor` if the
  ///   selector's own pipe was closed by somebody else.
  public func select(
    into events: inout Events<PollSelector>, timeout: Duration?, by permit: inout WaitPermit<PollSelector>
  ) throws(IOError) {
    // Safety: the buffer has room for `capacity` events, and no copy shares it.
    let buffer = unsafe events.prepare()
    let capacity = events.capacity
    guard capacity > 0 else { throw IOError(.invalidInput) }
    let count = try unsafe table.wait(into: buffer, capacity: capacity, timeout: timeout, by: timedWait)
    // Safety: the first `count` events have been written.
    unsafe events.commit(count: count)
  }
}

// MARK: - Registration

extension PollSelector {
  /// Starts to watch a descriptor.
  public func register(
    _ descriptor: Int32, _ registration: inout PollRegistration, token: Token, interests: Interest
  ) throws(IOError) {
    if registration.isRegistered { throw IOError(.alreadyExists) }
    try SystemKernel.check(metal_check_open(descriptor))
    let generation = try table.add(descriptor, token: token, interests: interests)
    registration = PollRegistration(table: table, descriptor: descriptor, generation: generation)
  }

  /// Replaces token and interests, and re-arms.
  public func reregister(
    _ descriptor: Int32, _ registration: inout PollRegistration, token: Token, interests: Interest
  ) throws(IOError) {
    guard registration.isIn(table) else { throw IOError(.notFound) }
    let state = metal_check_open(descriptor)
    if state < 0 {
      // Somebody has closed the descriptor. Whatever gets its number next is not what was registered.
      registration = PollRegistration()
      try SystemKernel.raise(Int(state))
    }
    registration.generation = try table.replace(
      descriptor, registration.generation, token: token, interests: interests)
  }

  /// Ends the watch.
  public func deregister(_ descriptor: Int32, _ registration: inout PollRegistration) throws(IOError) {
    guard registration.isIn(table), table.remove(descriptor, registration.generation) else {
      throw IOError(.notFound)
    }
    registration = PollRegistration()
  }
}

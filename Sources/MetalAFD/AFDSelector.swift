#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore
public import MetalSystem

/// The selector on AFD, the device behind the sockets of Windows.
///
/// **The project has not yet run this selector on Windows.** The tests of this selector run under Wine.
///
/// For each socket, one request asks AFD for the conditions that the program waits for. A completion port delivers the
/// request when one of them holds. The selector disarms each condition that it has reported, so events are
/// edge-triggered. The next wait first starts the requests for all registrations that have changed since the last wait.
/// If another thread changes a registration during a wait, that thread changes the request itself.
///
/// A program names this type once, in `typealias Poll = MetalCore.Poll<AFDSelector>`, and uses it through `Poll`. The
/// guide "Choosing a backend" compares the selectors.
///
/// The cost of a wait depends on the number of its events, not on the number of registered sockets. Up to 32 sockets
/// share a handle of AFD. Registering allocates only if the handles have no place left. Making a waker allocates. No
/// other call allocates.
///
/// Ending a registration cancels its request. The kernel may still write to the request until the completion arrives,
/// so the memory of the request becomes free only then. When the program drops the selector, the selector waits for all
/// completions.
///
/// Registering throws `.badDescriptor` for a number that is not a socket's. The selector does not detect two sources
/// for one socket. AFD may report the events of one such source to the other. If other code closes a registered socket,
/// the next wait ends the registration, unless the selector has reported a reset or a failed attempt to connect.
///
/// Windows does not document AFD. Source: `IOCTL_AFD_POLL`, as Winsock's select uses it; "I/O Completion Ports" in
/// Microsoft's documentation of Windows.
public final class AFDSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The token, and the flags that AFD returned.
  public typealias Event = AFDEvent
  /// The place of a source in the table.
  public typealias Registration = AFDRegistration

  /// The completion port.
  let port: Int
  /// The table of registrations.
  ///
  /// Each registration holds a reference to the table, and may outlive the selector.
  let table: Guarded<RequestTable>
  /// The memory for the completions of a wait, which only the polling thread uses.
  let completions: CompletionBuffer
  /// The named pipes whose completions go to the port.
  let pipes: NamedPipePort

  /// Makes an empty selector.
  ///
  /// - Parameter kernel: The operating system.
  ///
  /// - Throws: `.outOfMemory` or `.tooManyOpenFiles` if the system has no memory for a completion port.
  /// - Complexity: One system call; allocates.
  ///
  /// Source: CreateIoCompletionPort in Microsoft's documentation of Windows.
  public init(on kernel: SystemKernel) throws(IOError) {
    kernel.requireNoSimulation()
    port = metal_port_open()
    try SystemKernel.check(port)
    table = Guarded(RequestTable(port: port))
    completions = CompletionBuffer()
    pipes = NamedPipePort(port: port)
  }

  deinit { table.withState { state in state.end(pipes) } }

  /// The operating system.
  @inlinable public var kernel: SystemKernel { SystemKernel() }
}

// MARK: - Registration

extension AFDSelector {
  /// Starts to watch a socket.
  ///
  /// - Throws: `.alreadyExists` if the source is registered. `.badDescriptor` if the number is not an open socket's.
  ///   `.outOfMemory` or `.tooManyOpenFiles` if the system has no memory for another handle of AFD.
  /// - Complexity: O(1) and one system call. Another system call if another thread waits, and three more if the handles
  ///   of AFD have no place left. Only in the last case does the method allocate.
  ///
  /// Source: `SIO_BASE_HANDLE` in "Winsock IOCTLs", Microsoft's documentation of Windows.
  public func register(
    _ descriptor: Int, _ registration: inout AFDRegistration, token: Token, interests: Interests
  ) throws(IOError) {
    if registration.isRegistered { throw IOError(.alreadyExists) }
    let socket = try Self.baseSocket(of: descriptor)
    let place = try table.withState { state throws(IOError) in
      try state.add(socket: socket, token: token, interests: interests)
    }
    registration = AFDRegistration(table: table, index: place.index, generation: place.generation)
  }

  /// Replaces the token and the interests of a socket, and arms all its interests again.
  ///
  /// - Throws: `.notFound` if the source is not registered with this poll. `.badDescriptor` if other code has closed
  ///   the socket. After `.badDescriptor`, the source is unregistered.
  /// - Complexity: O(1) and one system call, or two if another thread waits; no allocation.
  ///
  /// Source: `SIO_BASE_HANDLE` in "Winsock IOCTLs", Microsoft's documentation of Windows.
  public func reregister(
    _ descriptor: Int, _ registration: inout AFDRegistration, token: Token, interests: Interests
  ) throws(IOError) {
    guard registration.isIn(table) else { throw IOError(.notFound) }
    let socket: Int
    do throws(IOError) {
      socket = try Self.baseSocket(of: descriptor)
    } catch {
      registration = AFDRegistration()
      throw error
    }
    let generation = registration.generation
    let index = registration.index
    let renewed = table.withState { state in
      state.replace(index, generation, socket: socket, token: token, interests: interests)
    }
    guard let renewed else { throw IOError(.notFound) }
    registration.generation = renewed
  }

  /// Stops watching a socket.
  ///
  /// - Throws: `.notFound` if the source is not registered with this poll.
  /// - Complexity: O(1); no allocation. One system call if a request is under way, otherwise none.
  ///
  /// Source: CancelIoEx in Microsoft's documentation of Windows.
  public func deregister(_ descriptor: Int, _ registration: inout AFDRegistration) throws(IOError) {
    let (index, generation) = (registration.index, registration.generation)
    guard registration.isIn(table), table.withState({ state in state.remove(index, generation) }) else {
      throw IOError(.notFound)
    }
    registration = AFDRegistration()
  }

  private static func baseSocket(of descriptor: Int) throws(IOError) -> Int {
    let socket = metal_base_socket(descriptor)
    try SystemKernel.check(socket)
    return socket
  }
}
#endif

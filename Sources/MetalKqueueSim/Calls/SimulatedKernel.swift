public import MetalCore
public import MetalKqueue

/// The selector of macOS and the BSDs, on the event queues of a simulated kernel.
public typealias KqueueSimSelector = KqueueSelector<SimulatedKernel>

/// The kernel of a ``Machine``, with its descriptors, sockets and event queues.
///
/// Pass a kernel to sources and polls as `on:`, or make sources and polls in code that ``Machine/run(_:)`` runs. The
/// kernel behaves like macOS, FreeBSD or NetBSD. If the kernel does not model a feature, the call throws
/// `.unsupported`: see the guide "Testing with simulated machines". Error codes are those of macOS.
///
/// Every call throws `.badDescriptor` for a descriptor that is not open. A call that needs a socket throws
/// `.invalidInput` for another object. When the run of the program is over, every call throws `.simulationEnded`.
public struct SimulatedKernel: Sendable {
  /// The machine that the kernel runs on.
  public let machine: Machine
  let state: KernelState

  init(_ machine: Machine, _ state: KernelState) {
    self.machine = machine
    self.state = state
  }

  /// The simulation that the machine is part of.
  public var simulation: Simulation { machine.simulation }

  /// The most descriptors that may be open at once, which is 10,240 unless set.
  ///
  /// A call that would exceed the limit throws `.tooManyOpenFiles`. A lower limit closes no open descriptor. If the
  /// limit is negative, setting it stops the program.
  public var descriptorLimit: Int {
    get { simulation.enter { _ in state.descriptors.limit } }
    nonmutating set {
      guard newValue >= 0 else {
        fatalError("A machine cannot have \(newValue) descriptors. Give a limit of 0 or more.")
      }
      simulation.enter { _ in state.descriptors.limit = newValue }
    }
  }

  /// The number of open descriptors.
  public var descriptorCount: Int { simulation.enter { _ in state.descriptors.count } }

  /// Makes a second descriptor for the object of a descriptor, with the lowest free number.
  ///
  /// - Returns: The new descriptor.
  /// - Throws: `.badDescriptor` if the descriptor is not open; `.tooManyOpenFiles` if ``descriptorLimit`` is reached;
  ///   `.simulationEnded` if the run of the program is over.
  ///
  /// Source: dup(2).
  public func duplicate(_ descriptor: Int32) throws(IOError) -> Int32 {
    Int32(
      try call(.dup, onFile: descriptor) { _, file throws(Errno) in
        if state.descriptors.isFull { throw .tooManyOpenFiles }
        return Int(state.descriptors.insert(file))
      }.get())
  }
}

// MARK: - Kernel

extension SimulatedKernel: EventQueueKernel {
  /// A descriptor's number on its machine.
  public typealias Descriptor = Int32
  /// A descriptor with one owner.
  public typealias Owner = SimulatedDescriptor

  /// The number that no descriptor has.
  public static var noDescriptor: Int32 { -1 }

  /// The result of a call that would block: the negated `EAGAIN`.
  public static var wouldBlock: IOResult { .failure(.wouldBlock) }

  /// The nanoseconds since the beginning of the simulation, read without taking simulated time.
  public var monotonicNanoseconds: Int64 { simulation.enter { world in world.now } }

  /// Stops the program, because simulated time passes only while a poll waits.
  public func requireRealTime() {
    fatalError(
      "Code on the machine \"\(machine.name)\" would suspend its task, but only a poll's wait moves simulated time. "
        + "Wait in a poll with a timeout: `poll.wait(into: &events, timeout: clock.now.duration(to: deadline))`.")
  }

  /// Stops the program if `other` is another kernel, because two kernels use the same descriptor numbers.
  public func requireSame(as other: SimulatedKernel) {
    guard state !== other.state else { return }
    let whose = simulation === other.simulation ? "" : " of another simulation"
    fatalError(
      "The source is on the machine \"\(other.machine.name)\"\(whose), and the poll waits on \"\(machine.name)\". "
        + "Make both on one machine, by `on:` or in its `run`.")
  }

  /// Returns the error for a negated error number of macOS.
  public static func error(for result: IOResult) -> IOError {
    result.errno?.error ?? IOError(.other, code: Int32(truncatingIfNeeded: -result.rawValue))
  }

  /// Closes a descriptor.
  ///
  /// - Throws: `.badDescriptor` if the descriptor is not open.
  ///
  /// Source: close(2).
  public func close(_ descriptor: Int32) throws(IOError) {
    try close(descriptor, isDrop: false).get()
  }

  /// Closes a descriptor for a call of `close()` or for a dropped owner.
  func close(_ descriptor: Int32, isDrop: Bool) -> IOResult {
    call(.close, descriptor) { world, record in
      record.isDrop = isDrop
      if let file = state.descriptors[descriptor] { record.describe(.close, file, nil) }
      return state.close(descriptor, world) ? .success() : .failure(.badDescriptor)
    }
  }

  /// Chooses whether operations on a descriptor return at once or wait.
  ///
  /// On a simulated kernel a program waits only in a poll. In the waiting mode, an operation that would block throws
  /// `.unsupported`. Other operations behave the same in both modes.
  ///
  /// - Throws: `.badDescriptor` if the descriptor is not open.
  ///
  /// Source: `O_NONBLOCK` in fcntl(2).
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {
    try call(.setsockopt, onFile: descriptor) { _, file in
      file.isNonBlocking = isNonBlocking
      return 0
    }.get()
  }
}

// MARK: - Calls

extension SimulatedKernel {
  /// Runs `body` as one call in the world, and records the result.
  func call(
    _ name: Call, _ descriptor: Int32 = -1, _ body: (World, inout TraceRecord) -> IOResult
  ) -> IOResult {
    simulation.enterCall(name, descriptor, on: state.host.index) { world in
      var record = world.record(.call, state.host.index, .call(name), descriptor: descriptor)
      let result = body(world, &record)
      record.result = result.rawValue
      world.trace.append(record)
      note(result, of: name, descriptor, isProgress: result.isSuccess && name.changesSomething, world)
      return result
    }
  }

  /// Records progress, or counts a call that would block.
  ///
  /// If blocked calls repeat without a wait, this method stops the program, because nothing can change meanwhile.
  func note(_ result: IOResult, of name: Call, _ descriptor: Int32, isProgress: Bool, _ world: World) {
    if isProgress { return world.noteProgress() }
    guard result == Self.wouldBlock, world.isBlockedForGood() else { return }
    stopForBlockedCalls(name, descriptor, world)
  }

  @inline(never)
  private func stopForBlockedCalls(_ name: Call, _ descriptor: Int32, _ world: World) -> Never {
    fatalError(
      "The program on \"\(machine.name)\" has made \(world.blockedCalls) calls that would block, without a wait in "
        + "between. The last one is \(name.name) on descriptor \(descriptor) "
        + "(\(state.descriptors[descriptor]?.summary ?? "")), at \(Duration.nanoseconds(world.now).milliseconds), seed "
        + "\(world.seed). No time passes, so nothing can change. Wait for an event of the descriptor before you call "
        + "again.")
  }

  /// Makes one call on an open file, with the address in the call's arguments, if any.
  func call(
    _ name: Call, onFile descriptor: Int32, _ address: AnyEndpointAddress? = nil,
    _ body: (World, File) throws(Errno) -> Int
  ) -> IOResult {
    call(name, descriptor) { world, record in
      guard let file = state.descriptors[descriptor] else { return .failure(.badDescriptor) }
      let result = IOResult { () throws(Errno) in try body(world, file) }
      let accepted = name == .accept && result.isSuccess ? state.descriptors[Int32(result.rawValue)] : nil
      record.describe(name, accepted ?? file, address)
      return result
    }
  }

  /// Makes one call on a socket, with the address in the call's arguments, if any.
  func call<Value>(
    _ name: Call, onSocket descriptor: Int32, _ address: AnyEndpointAddress? = nil,
    _ body: (World, Socket) throws(Errno) -> Value
  ) throws(IOError) -> Value {
    var value: Value?
    let result = call(name, onFile: descriptor, address) { world, file throws(Errno) in
      value = try body(world, try file.socket(for: name))
      return 0
    }
    guard let value else { throw Self.error(for: result) }
    return value
  }

  /// Makes one call that opens and returns two descriptors.
  func openPair(_ name: Call, _ make: () -> (File, File)) throws(IOError) -> Pair<Int32, Int32> {
    var descriptors = Pair<Int32, Int32>(-1, -1)
    try call(name) { _, _ in
      guard state.descriptors.count + 2 <= state.descriptors.limit else { return .failure(.tooManyOpenFiles) }
      let (first, second) = make()
      descriptors = Pair(state.descriptors.insert(first), state.descriptors.insert(second))
      return .success()
    }.get()
    return descriptors
  }

  /// Returns a new descriptor for a file.
  func open(_ file: @autoclosure () -> File) -> IOResult {
    state.descriptors.isFull ? .failure(.tooManyOpenFiles) : .success(Int(state.descriptors.insert(file())))
  }
}

extension File {
  /// Returns the object as a socket that accepts a call, or throws the reason for a refusal.
  func socket(for call: Call) throws(Errno) -> Socket {
    guard let socket else { throw .notSocket }
    if let errno = socket.refusal(of: call) { throw errno }
    return socket
  }
}

extension IOResult {
  /// Returns the count of a successful result, or throws the error of a failed result.
  @discardableResult
  func get() throws(IOError) -> Int {
    guard isSuccess else { throw SimulatedKernel.error(for: self) }
    return rawValue
  }
}

public import MetalCore
public import MetalKqueue

/// The selector for programs on a simulated kernel: that of macOS and the BSDs, on event queues in memory.
public typealias KqueueSimSelector = KqueueSelector<SimulatedKernel>

/// The kernel of one machine in a ``Simulation``.
///
/// Sources and polls take it `on:`, or find it by themselves in code that ``run(_:)`` runs. It does what macOS or
/// FreeBSD does, as far as `Docs/Simulation.md` says; what is not modelled throws `.unsupported`. Error
/// codes are those of macOS.
public struct SimulatedKernel: Sendable {
  /// The simulation that the machine is part of.
  public let simulation: Simulation
  let node: Node

  init(_ simulation: Simulation, _ node: Node) {
    self.simulation = simulation
    self.node = node
  }

  /// The machine's name.
  public var name: String { node.name }

  /// The machine's IPv4 address on the network of the simulation.
  public var address: IPv4Address { node.address }

  /// The machine's IPv6 address on the network of the simulation.
  public var addressV6: IPv6Address { node.addressV6 }

  /// The most descriptors that may be open at once on the machine: 10,240 unless set.
  ///
  /// Opening more throws `.tooManyOpenFiles`. A limit below what is open closes nothing.
  public var descriptorLimit: Int {
    get {
      let _ = simulation.enter()
      defer { simulation.leave() }
      return node.descriptors.limit
    }
    nonmutating set {
      guard newValue >= 0 else {
        fatalError("A machine cannot have \(newValue) descriptors. Give a limit of 0 or more.")
      }
      let _ = simulation.enter()
      defer { simulation.leave() }
      node.descriptors.limit = newValue
    }
  }

  /// The number of descriptors that are open on the machine.
  public var descriptorCount: Int {
    let _ = simulation.enter()
    defer { simulation.leave() }
    return node.descriptors.count
  }

  /// Makes a second descriptor for the object that one leads to, with the lowest free number.
  ///
  /// - Throws: `.badDescriptor`; `.tooManyOpenFiles`.
  ///
  /// Source: dup(2).
  public func duplicate(_ descriptor: Int32) throws(IOError) -> Int32 {
    let result = call(.dup, descriptor) { _, node in
      guard let file = node.descriptors[descriptor] else { return .failure(.badDescriptor) }
      guard !node.descriptors.isFull else { return .failure(.tooManyOpenFiles) }
      return .success(Int(node.descriptors.insert(file)))
    }
    return Int32(try Self.check(result))
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

  /// The negated `EAGAIN`.
  public static var wouldBlock: IOResult { .failure(.wouldBlock) }

  /// The nanoseconds since the simulation's beginning; reading them takes no time, whatever calls cost.
  public var monotonicNanoseconds: Int64 {
    let world = simulation.enter()
    defer { simulation.leave() }
    return world.now
  }

  /// Stops the program if another machine is not this one, since their descriptors have the same numbers.
  public func requireSame(as other: SimulatedKernel) {
    guard node !== other.node else { return }
    let whose = simulation === other.simulation ? "" : " of another simulation"
    fatalError(
      "The source is on the machine \"\(other.name)\"\(whose), and the poll waits on \"\(name)\". "
        + "Make both on one machine, by `on:` or in its `run`.")
  }

  /// Returns the error for a negated error number of macOS.
  public static func error(for result: IOResult) -> IOError {
    result.errno?.error ?? IOError(.other, code: Int32(truncatingIfNeeded: -result.rawValue))
  }

  /// Closes a descriptor.
  ///
  /// Source: close(2).
  public func close(_ descriptor: Int32) throws(IOError) {
    try Self.check(
      call(.close, descriptor) { world, node in
        node.close(descriptor, world) ? .success() : .failure(.badDescriptor)
      })
  }

  /// Chooses whether operations on a descriptor return at once or wait.
  ///
  /// A simulated kernel does not make a program wait but in a poll: an operation that would have to throws
  /// `.unsupported`. While there is something to do, both modes are alike.
  ///
  /// Source: `O_NONBLOCK` in fcntl(2).
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {
    try Self.check(
      call(.setsockopt, descriptor) { _, node in
        guard let file = node.descriptors[descriptor] else { return .failure(.badDescriptor) }
        file.isNonBlocking = isNonBlocking
        return .success()
      })
  }
}

// MARK: - Calls

extension SimulatedKernel {
  /// Makes one call: enters the world, lets `body` do what is to be done, and notes it in the trace.
  func call(_ name: Call, _ descriptor: Int32, _ body: (World, Node) -> IOResult) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let result = body(world, node)
    world.trace.call(name, node.index, descriptor, result, world.now)
    if result.isSuccess, name.changesSomething { world.idleCalls = 0 }
    return result
  }

  /// Makes one call on a socket.
  func call(_ name: Call, onSocket descriptor: Int32, _ body: (World, Socket) -> IOResult) -> IOResult {
    call(name, descriptor) { world, node in
      guard let file = node.descriptors[descriptor] else { return .failure(.badDescriptor) }
      guard let socket = file.socket else { return .failure(.notSocket) }
      return body(world, socket)
    }
  }

  /// Throws what a failed result stands for; returns the count of another.
  @discardableResult
  static func check(_ result: IOResult) throws(IOError) -> Int {
    guard result.isSuccess else { throw error(for: result) }
    return result.rawValue
  }
}

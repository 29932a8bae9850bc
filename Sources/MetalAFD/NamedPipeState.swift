#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

/// The object to which the completions of a named pipe belong.
///
/// The pipe itself and each operation under way hold a reference to this object. The selector finds this object by the
/// key of a completion, so the object lives until the last completion.
///
/// `@unchecked Sendable`: the lock of the core protects everything except `place`. `register` sets `place` once, under
/// the lock.
final class NamedPipeState: PortClient, @unchecked Sendable {
  let core: Guarded<NamedPipeCore>
  /// The list that contains the core, and the place in the list.
  private var place: (port: NamedPipePort, token: Token)?

  init(handle: Int, event: Int, isServer: Bool, bufferCapacity: Int) {
    core = Guarded(NamedPipeCore(handle: handle, event: event, isServer: isServer, bufferCapacity: bufferCapacity))
    super.init()
    // Safety: the core uses the reference only while this object lives. An operation under way keeps this object alive,
    // because the operation holds a reference of its own.
    let client = unsafe Unmanaged<PortClient>.passUnretained(self)
    core.withState { core in unsafe core.client = client }
  }

  deinit {
    if let place { place.port.remove(place.token) }
  }

  override func complete(_ completion: metal_completion) -> AFDEvent? {
    let event = core.withState { core in core.complete(completion) }
    // Safety: each operation and each posted completion has retained this object once. No code uses the object after
    // this call.
    unsafe Unmanaged.passUnretained(self).release()
    return event
  }

  /// Registers the pipe with the poll of a port.
  func register(with port: NamedPipePort, token: Token, interests: Interests) throws(IOError) {
    if interests.isPriority { throw IOError(.unsupported) }
    // Safety: the number is the address of this object. The selector finds the object by this address.
    let key = unsafe UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())
    try core.withState { core throws(IOError) in
      if core.registration != nil { throw IOError(.alreadyExists) }
      switch core.link {
      case .none:
        try SystemKernel.check(Int(metal_pipe_attach(core.handle, port.port, key)))
        core.attach(to: port)
        place = (port, port.add(self.core))
      case .port(let current):
        guard current === port else { throw IOError(.alreadyExists) }
      case .ended: throw IOError(.alreadyExists)
      }
      core.setRegistration(token, interests)
    }
  }

  /// Replaces the token and the interests.
  func reregister(with port: NamedPipePort, token: Token, interests: Interests) throws(IOError) {
    if interests.isPriority { throw IOError(.unsupported) }
    try core.withState { core throws(IOError) in
      guard core.isRegistered(with: port) else { throw IOError(.notFound) }
      core.setRegistration(token, interests)
    }
  }

  /// Ends the registration.
  func deregister(from port: NamedPipePort) throws(IOError) {
    try core.withState { core throws(IOError) in
      guard core.isRegistered(with: port) else { throw IOError(.notFound) }
      core.endRegistration()
    }
  }
}

// MARK: - Bytes

extension NamedPipeState {
  /// Reads into a buffer or a list of buffers.
  ///
  /// - Returns: The number of bytes. If the result is negative, `failure` is the error, or `nil` if the read would
  ///   block.
  @unsafe
  func read(
    into memory: UnsafeMutableRawPointer?, _ count: Int, isContiguous: Bool, _ failure: inout IOError?
  ) -> IOResult {
    // Safety: the caller lends the memory for this call.
    unsafe withRegions(memory, count, isContiguous) { regions in
      Self.result(&failure) { () throws(IOError) in
        try core.withState { core throws(IOError) in try unsafe core.read(into: regions) }
      }
    }
  }

  /// Writes a buffer or a list of buffers.
  ///
  /// - Returns: The number of bytes. If the result is negative, `failure` is the error, or `nil` if the write would
  ///   block.
  @unsafe
  func write(_ memory: UnsafeRawPointer?, _ count: Int, isContiguous: Bool, _ failure: inout IOError?) -> IOResult {
    // Safety: as above, and the call only reads the memory.
    unsafe withRegions(UnsafeMutableRawPointer(mutating: memory), count, isContiguous) { regions in
      Self.result(&failure) { () throws(IOError) in
        try core.withState { core throws(IOError) in try unsafe core.write(regions) }
      }
    }
  }

  private static func result(_ failure: inout IOError?, _ call: () throws(IOError) -> Int?) -> IOResult {
    do throws(IOError) {
      return IOResult(rawValue: try call() ?? -1)
    } catch {
      failure = error
      return IOResult(rawValue: -1)
    }
  }

  @unsafe
  private func withRegions(
    _ memory: UnsafeMutableRawPointer?, _ count: Int, _ isContiguous: Bool,
    _ call: (UnsafeBufferPointer<metal_pipe_region>) -> IOResult
  ) -> IOResult {
    // Safety: a list has `count` entries with the layout of a region.
    if !isContiguous {
      let regions = unsafe memory?.assumingMemoryBound(to: metal_pipe_region.self)
      return unsafe call(UnsafeBufferPointer(start: regions, count: count))
    }
    let region = unsafe metal_pipe_region(bytes: memory, count: count)
    return unsafe withUnsafePointer(to: region) { region in
      unsafe call(UnsafeBufferPointer(start: region, count: 1))
    }
  }
}
#endif

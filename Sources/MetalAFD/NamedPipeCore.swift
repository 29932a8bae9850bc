#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import Synchronization

/// The state of a named pipe, behind the lock of its ``NamedPipeState``.
///
/// From the start of an operation until its completion, the kernel may write to the operation, and read the buffer.
/// Therefore each operation under way holds a reference to the client, and the memory lives as long as the client.
@safe
struct NamedPipeCore: ~Copyable {
  /// The operations that must complete before the library can free the memory.
  struct Operations: OptionSet {
    let rawValue: UInt8
    static var connect: Operations { Operations(place: 0) }
    static var read: Operations { Operations(place: 1) }
    static var write: Operations { Operations(place: 2) }
    /// A completion without an operation, which lets the next wait report ``NamedPipeCore/pending``.
    static var post: Operations { Operations(place: 3) }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The operation whose memory is at a place from 0 to 2, or ``post``.
    init(place: Int) { rawValue = 1 << UInt8(truncatingIfNeeded: place) }

    var place: Int { rawValue.trailingZeroBitCount }
  }

  /// The destination of the pipe's completions.
  enum Link {
    /// No destination, because the program has never registered the pipe.
    case none
    case port(NamedPipePort)
    /// No destination any more, because the poll is gone.
    case ended
  }

  /// The result of asking for the next bytes.
  enum Arming {
    /// A completion will follow.
    case waiting
    /// There are bytes.
    case ready
    /// There is no client, and no completion will follow.
    case unconnected
    /// The other end is gone, and its last bytes are read.
    case ended
    /// The call has failed with a number of GetLastError, and the next read fails as well or succeeds.
    case failed(Int)
  }

  let handle: Int
  let isServer: Bool
  let bufferCapacity: Int
  /// The event for reading, or 0 after the pipe is closed.
  var event: Int
  var client: Unmanaged<PortClient>?
  var link = Link.none
  var registration: (token: Token, interests: Interests)?
  var underWay: Operations = []
  /// The conditions that the next event reports.
  var pending: Conditions = []
  var pendingError: IOError?
  /// Whether a write would have blocked or took only some bytes, so that an event must report when to try again.
  var isWriteBlocked = false
  /// Whether the selector has reported the present client, or the server.
  var hasReportedPeer = false
  /// Whether the outcome of the write that is under way no longer matters.
  var isWriteAbandoned = false
  /// Whether the program asked for a client while an earlier attempt had not ended.
  var isConnectWanted = false
  /// Whether the attempt to connect that is under way is for a client that the program has disconnected.
  var isConnectAbandoned = false
  /// The number of abandoned attempts before this one whose completions still come.
  var abandonedCount = 0
  /// The number of bytes of the write that is under way.
  var bufferedByteCount = 0
  var isClosed = false

  /// The memory of three operations, followed by the buffer for writing.
  var operations: UnsafeMutablePointer<metal_pipe_operation>?

  init(handle: Int, event: Int, isServer: Bool, bufferCapacity: Int) {
    self.handle = handle
    self.event = event
    self.isServer = isServer
    self.bufferCapacity = bufferCapacity
    unsafe client = nil
    unsafe operations = nil
  }

  deinit {
    // Safety: no operation is under way, because each holds a reference to the client.
    guard let operations = unsafe operations else { return }
    for place in 0..<3 { checkUnused(Operations(place: place)) }
    unsafe operations.deallocate()
  }
}

// MARK: - Memory and references

extension NamedPipeCore {
  /// Allocates the memory, and lets operations complete at a port.
  mutating func attach(to port: NamedPipePort) {
    // Safety: only the size of the type is read.
    let size = unsafe 3 * MemoryLayout<metal_pipe_operation>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size + bufferCapacity, alignment: 16)
    // Safety: the memory has room for three operations.
    unsafe operations = memory.bindMemory(to: metal_pipe_operation.self, capacity: 3)
    unsafe operations?.initialize(repeating: Self.unused, count: 3)
    link = .port(port)
  }

  /// The memory of an operation.
  @unsafe
  func memory(of operation: Operations) -> UnsafeMutablePointer<metal_pipe_operation> {
    guard let operations = unsafe operations else { fatalError("A named pipe has no memory for its operations.") }
    return unsafe operations + operation.place
  }

  /// The buffer for writing.
  @unsafe
  var buffer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(memory(of: .write) + 1) }

  /// Starts an operation that is not under way, and holds a reference if a completion will follow.
  ///
  /// - Returns: The result of the call.
  mutating func start(
    _ operation: Operations, by call: (UnsafeMutablePointer<metal_pipe_operation>) -> Int32
  ) -> Int {
    checkUnused(operation)
    // Another thread may take the completion before the call returns, so this method retains the client first. The
    // other thread then waits for the lock.
    // Safety: the caller has a reference to the client, and the memory lives as long as the client.
    unsafe _ = client?.retain()
    let result = unsafe call(memory(of: operation))
    if result == METAL_PIPE_STARTED {
      begin(operation)
    } else {
      setUnused(operation)
      unsafe client?.release()
    }
    return Int(result)
  }

  /// The memory of an operation that the kernel does not use.
  ///
  /// An operation gets these values after each completion, and the pipe compares them before the next call. If the
  /// values differ, the kernel has written to memory that it no longer owned.
  private static var unused: metal_pipe_operation {
    let filler: UInt64 = 0xDDDD_DDDD_DDDD_DDDD
    // Safety: nothing follows the pointer.
    return unsafe metal_pipe_operation(
      status: UInt(truncatingIfNeeded: filler), information: UInt(truncatingIfNeeded: filler), offset: filler,
      event: nil)
  }

  func setUnused(_ operation: Operations) {
    // Safety: the memory lives as long as the client, and the kernel no longer uses it.
    unsafe memory(of: operation).pointee = Self.unused
  }

  /// Stops the program if the kernel has written to an operation that was not under way.
  private func checkUnused(_ operation: Operations) {
    // Safety: as above.
    let (memory, unused) = unsafe (memory(of: operation).pointee, Self.unused)
    let isEqual =
      unsafe memory.status == unused.status && memory.information == unused.information
      && memory.offset == unused.offset && memory.event == unused.event
    guard isEqual else {
      fatalError("Windows has written to an operation after its completion. Report this as a bug of the library.")
    }
  }

  /// Makes the next wait report the pending conditions.
  mutating func post() {
    guard case .port(let port) = link, !underWay.contains(.post), !pending.isEmpty, let client = unsafe client else {
      return
    }
    // Safety: as above. The number is the address of the client.
    let key = unsafe UInt(bitPattern: client.retain().toOpaque())
    guard metal_port_post(port.port, key, 0) == 0 else {
      fatalError("Windows has no memory for a completion. Free memory, or register fewer named pipes.")
    }
    begin(.post)
  }

  /// Records that a completion will follow.
  private mutating func begin(_ operation: Operations) {
    underWay.insert(operation)
    if case .port(let port) = link { port.underWayCount.add(1, ordering: .relaxed) }
  }

  /// Asks for the next bytes, unless an earlier read is under way.
  mutating func arm() -> Arming {
    if underWay.contains(.read) { return .waiting }
    guard case .port = link, !isClosed else { return .unconnected }
    let handle = handle
    // Safety: the memory of the operation lives until the completion.
    let result = unsafe start(.read) { operation in unsafe metal_pipe_start_read(handle, operation) }
    switch result {
    case Int(METAL_PIPE_STARTED): return .waiting
    case 0: return .ready
    default: return isWithoutClient(-result) ? .unconnected : isEnd(-result) ? .ended : .failed(-result)
    }
  }

  /// Whether an error number of a read means the end of the stream.
  func isEnd(_ number: Int) -> Bool {
    switch number {
    case METAL_ERROR_BROKEN_PIPE, METAL_ERROR_NO_DATA: true
    // The server has disconnected this client.
    case METAL_ERROR_PIPE_NOT_CONNECTED: !isServer
    default: false
    }
  }
}
#endif

#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore

/// The state of a named pipe, behind the lock of its ``NamedPipeState``.
///
/// From the start of an operation until its completion, the kernel may write to the operation, and read the buffer.
/// Therefore each operation under way holds a reference to the client, and the memory lives as long as the client.
@safe
struct NamedPipeCore: ~Copyable {
  /// The operations that must complete before the library can free the memory.
  struct Operations: OptionSet {
    let rawValue: UInt8
    static var connect: Operations { Operations(rawValue: 1) }
    static var read: Operations { Operations(rawValue: 2) }
    static var write: Operations { Operations(rawValue: 4) }
    /// A completion without an operation, which lets the next wait report ``NamedPipeCore/pending``.
    static var post: Operations { Operations(rawValue: 8) }
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
    unsafe operations?.deallocate()
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
    unsafe operations?.initialize(repeating: metal_pipe_operation(), count: 3)
    link = .port(port)
  }

  /// The memory of an operation.
  @unsafe
  func memory(of operation: Operations) -> UnsafeMutablePointer<metal_pipe_operation> {
    guard let operations = unsafe operations else { fatalError("A named pipe has no memory for its operations.") }
    return unsafe operations + (operation == .connect ? 0 : operation == .read ? 1 : 2)
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
    // Another thread may take the completion before the call returns, so this method retains the client first. The
    // other thread then waits for the lock.
    // Safety: the caller has a reference to the client, and the memory lives as long as the client.
    unsafe _ = client?.retain()
    let result = unsafe call(memory(of: operation))
    if result == METAL_PIPE_STARTED { underWay.insert(operation) } else { unsafe client?.release() }
    return Int(result)
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
    underWay.insert(.post)
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
    // After another error, the program's next read throws it.
    default: return isWithoutClient(-result) ? .unconnected : .ended
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

#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore
internal import MetalSystem

/// An end of a named pipe: a connection that carries a stream of bytes between two processes on Windows.
///
/// **The project has not yet run named pipes on Windows.** The tests of named pipes run under Wine.
///
/// A server makes an instance of the pipe by its name, registers the instance, and waits for a client:
///
/// ```swift
/// var pipe = try NamedPipe(creating: #"\\.\pipe\example"#)
/// try poll.registry.register(&pipe, token: 1, interests: [.readable, .writable])
/// if try pipe.connect() {
///   …
/// }
/// ```
///
/// If `connect()` returns `false`, an event reports writable when a client has come.
///
/// Each instance serves one client at a time. For several clients, a server makes several instances of the same name.
/// A client opens an instance with ``init(connectingTo:writeBufferByteCount:)``.
///
/// Events are edge-triggered, as on every other source. A call that would block returns `nil`, and an event then
/// reports when to try again. When the other end is gone, an event reports read-closed and write-closed. Reading then
/// returns the remaining bytes, and 0 after them. Writing throws `.brokenPipe`. If a program never reads, only its next
/// write may report the end, because bytes that have arrived hide the end.
///
/// ## Memory
///
/// Windows does not report the readiness of a pipe, only completed operations. Reading needs no buffer: a read of zero
/// bytes completes when bytes have arrived. For writing, Windows needs memory that stays unchanged until the write is
/// complete. This buffer is the only place where the library holds a program's bytes:
///
/// - The pipe allocates the buffer once, at the first registration. Its size is
///   ``NamedPipeOptions/writeBufferByteCount``, by default 16,384 bytes.
/// - ``write(_:)`` copies bytes into the buffer and passes them to the system. If the system takes the bytes at once,
///   the buffer is empty again when the call returns. Otherwise the buffer holds the bytes until the other end reads,
///   and each further write returns `nil`. ``bufferedByteCount`` is the number of bytes in the buffer.
/// - Dropping or closing the pipe ends its registration, and frees the buffer if the buffer is empty. Otherwise the
///   library keeps the handle and the buffer until the other end has read the bytes or is gone. A wait of the poll then
///   closes the handle and frees the buffer.
/// - ``disconnect()`` discards the bytes in the buffer. Dropping the poll discards the bytes in the buffer as well.
///
/// An open pipe has two handles: the handle of the pipe, and an event for reading. No child process inherits these
/// handles.
///
/// ## Registration
///
/// Windows binds a handle to one completion port for ever. After its first registration, a pipe can therefore belong
/// only to the same poll, even after `Registry.deregister(_:)`. Registering the pipe with another poll throws
/// `.alreadyExists`. A pipe that was never registered reads, but each write returns `nil`. When the poll is gone,
/// reading still works and writing throws `.unsupported`.
///
/// Several threads at once may read, write, connect and disconnect. Registering needs exclusive access.
///
/// Source: "Named Pipes" and "I/O Completion Ports" in Microsoft's documentation of Windows.
public struct NamedPipe: ~Copyable, Sendable {
  let state: NamedPipeState

  private init(opening handle: Int, isServer: Bool, bufferCapacity: Int) throws(IOError) {
    try SystemKernel.check(handle)
    let event = metal_pipe_open_event()
    if event < 0 {
      metal_handle_close(handle)
      throw IOError(errno: Int32(truncatingIfNeeded: -event))
    }
    state = NamedPipeState(handle: handle, event: event, isServer: isServer, bufferCapacity: bufferCapacity)
  }

  deinit { state.core.withState { core in core.close() } }

  /// Makes an instance of a named pipe, for one client at a time.
  ///
  /// The pipe carries bytes in both directions. Windows gives the pipe the default access rights. The user of the
  /// server, administrators and the system have full access, and all other users have access for reading only.
  ///
  /// - Warning: A program of another user can open the pipe for reading only. It then counts as the client, and reads
  ///   what the server writes. Before the server writes a secret, it must check the client, for example by
  ///   `GetNamedPipeClientProcessId` and ``rawHandle``.
  ///
  ///
  /// - Parameters:
  ///   - name: The name, in the form `\\.\pipe\name`. The name has at most 256 characters, and no backslash after the
  ///     prefix. Names that differ only in case are equal.
  ///   - options: The properties of the instance.
  /// - Throws:
  ///   - `.permissionDenied` if ``NamedPipeOptions/isFirstInstance`` is `true` and the pipe has an instance
  ///     already, if the instances differ in their options, or if the program may not make an instance.
  ///   - `.connectionRefused` if the pipe has its ``NamedPipeOptions/maximumInstances`` already.
  ///   - `.invalidInput` for a name of another form, or an option out of its range.
  ///   - `.noBufferSpace` or `.outOfMemory` if the system has no memory.
  /// - Complexity: Two system calls; allocates.
  ///
  /// Source: CreateNamedPipe and "Named Pipe Security and Access Rights" in Microsoft's documentation of Windows.
  public init(creating name: String, options: NamedPipeOptions = NamedPipeOptions()) throws(IOError) {
    guard options.isValid else { throw IOError(.invalidInput) }
    var choices = options.isFirstInstance ? METAL_PIPE_IS_FIRST_INSTANCE : 0
    if options.acceptsRemoteClients { choices |= METAL_PIPE_TAKES_REMOTE_CLIENTS }
    let instances = UInt32(options.maximumInstances ?? 255)
    let size = UInt32(options.systemBufferByteCount)
    // Safety: the bytes are valid during the call.
    let handle = unsafe Self.withBytes(of: name) { bytes, count in
      unsafe metal_pipe_create(bytes, count, Int32(choices), instances, size)
    }
    try self.init(opening: handle, isServer: true, bufferCapacity: options.writeBufferByteCount)
  }

  /// Opens the client's end of a named pipe.
  ///
  /// The server cannot act with the rights of this program, because the handle allows it to identify the program only.
  ///
  /// - Parameters:
  ///   - name: The name, in the form `\\.\pipe\name`. For a pipe of another machine, `.` is the machine's name.
  ///   - writeBufferByteCount: The size in bytes of the library's buffer for writing, as ``NamedPipe`` describes.
  /// - Throws:
  ///   - `.notFound` if the pipe has no instance.
  ///   - `.connectionRefused` if every instance has a client (`ERROR_PIPE_BUSY`). No event reports a free
  ///     instance, so try again later.
  ///   - `.permissionDenied` if the program may not open the pipe.
  ///   - `.invalidInput` for a name of another form, or for a size below 1 or above 2³⁰.
  ///   - `.outOfMemory` if the system has no memory.
  /// - Complexity: Two system calls; allocates.
  ///
  /// Source: CreateFile and "Named Pipe Client" in Microsoft's documentation of Windows.
  public init(
    connectingTo name: String, writeBufferByteCount: Int = NamedPipeOptions.defaultWriteBufferByteCount
  ) throws(IOError) {
    guard NamedPipeOptions.isValid(writeBufferByteCount: writeBufferByteCount) else { throw IOError(.invalidInput) }
    // Safety: as above.
    let handle = unsafe Self.withBytes(of: name) { bytes, count in unsafe metal_pipe_open(bytes, count) }
    try self.init(opening: handle, isServer: false, bufferCapacity: writeBufferByteCount)
  }

  /// Lends the UTF-8 of a name to a call.
  ///
  /// The method passes on only names of pipes, not names of other files.
  @unsafe
  private static func withBytes(of name: String, _ call: (UnsafeRawPointer?, Int) -> Int) -> Int {
    let bytes = Array(name.utf8)
    guard isPipe(bytes) else { return -Int(METAL_ERROR_INVALID_NAME) }
    // Safety: the closure lends the bytes for one call.
    return unsafe bytes.withUnsafeBytes { bytes in unsafe call(bytes.baseAddress, bytes.count) }
  }

  /// Whether a name has the form `\\machine\pipe\name`.
  private static func isPipe(_ name: [UInt8]) -> Bool {
    let backslash = UInt8(ascii: "\\")
    let parts = name.split(separator: backslash, omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1].isEmpty, !parts[2].isEmpty, !parts[4].isEmpty else {
      return false
    }
    return parts[3].map { $0 | 0x20 } == Array("pipe".utf8)
  }
}
#endif

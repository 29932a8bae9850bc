#if METAL_WINDOWS
/// The properties of a new instance of a named pipe.
///
/// All instances of a pipe must have the same ``maximumInstances``.
///
/// Source: CreateNamedPipe in Microsoft's documentation of Windows.
public struct NamedPipeOptions: Sendable {
  /// Whether the call fails if the pipe has an instance already.
  ///
  /// A server makes its first instance with `true`, so that no other process can have taken the name before. The server
  /// makes all further instances with `false`. The default is `true`.
  ///
  /// Source: `FILE_FLAG_FIRST_PIPE_INSTANCE`.
  public var isFirstInstance = true

  /// Whether clients on other machines may connect.
  ///
  /// The default is `false`.
  ///
  /// Source: `PIPE_REJECT_REMOTE_CLIENTS`.
  public var acceptsRemoteClients = false

  /// The most instances that the pipe can have at once, or `nil` for no limit.
  ///
  /// A number below 1 or above 254 throws `.invalidInput` at creation.
  ///
  /// Source: `nMaxInstances`, `PIPE_UNLIMITED_INSTANCES`.
  public var maximumInstances: Int?

  /// The size in bytes of the system's buffer for each direction.
  ///
  /// The system takes the number as a hint. A number below 1 or above 2³¹ - 1 throws `.invalidInput` at
  /// creation. The default is 65,536.
  ///
  /// Source: `nInBufferSize` and `nOutBufferSize`.
  public var systemBufferByteCount = 65_536

  /// The size in bytes of the library's buffer for writing, as ``NamedPipe`` describes.
  ///
  /// A number below 1 or above 2³⁰ throws `.invalidInput` at creation. The default is 16,384.
  public var writeBufferByteCount = NamedPipeOptions.defaultWriteBufferByteCount

  /// The default of ``writeBufferByteCount``.
  public static var defaultWriteBufferByteCount: Int { 16_384 }

  /// Makes the default properties.
  public init() {}

  /// Whether every number is in its range.
  var isValid: Bool {
    let instances = maximumInstances ?? 1
    return instances >= 1 && instances <= 254 && systemBufferByteCount >= 1 && systemBufferByteCount <= Int(Int32.max)
      && Self.isValid(writeBufferByteCount: writeBufferByteCount)
  }

  static func isValid(writeBufferByteCount count: Int) -> Bool { count >= 1 && count <= 1 << 30 }
}
#endif

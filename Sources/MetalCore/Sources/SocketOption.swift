/// A key for a socket option.
///
/// ```swift
/// let listener = try TCPListener(bindingTo: address, options: [.reusePort(true), .receiveBufferSize(1 << 16)])
/// try stream.setOption(.noDelay, to: true)
/// let hops = try stream.option(.hopLimit)
/// ```
///
/// The type of a key names the sockets that have the option, and the type of the value. A program uses the same name to
/// read an option, to set the option, and to make a ``SocketSetting`` for a new socket. The compiler refuses an option
/// that the socket's type does not have. Setting a value that is out of range throws ``IOError/Kind/invalidInput``.
/// Setting an option that the system lacks throws ``IOError/Kind/unsupported``. If an option in the list of a new
/// socket fails, no descriptor stays open.
///
/// - Complexity: Making a key is O(1); no allocation.
///
/// Source: socket(7), tcp(7), ip(7), ipv6(7), Linux man-pages 6; setsockopt(2), FreeBSD 14.
@frozen
public struct SocketOption<Kind, Address: EndpointAddress, Value>: Sendable {
  @usableFromInline let name: SocketOptionName
  /// Makes the kernel's number of a value, or a number that the kernel refuses if the value is out of range.
  @usableFromInline let encode: @Sendable (Value) -> Int
  @usableFromInline let decode: @Sendable (Int) -> Value

  @inlinable
  init(
    _ name: SocketOptionName, encode: @escaping @Sendable (Value) -> Int, decode: @escaping @Sendable (Int) -> Value
  ) {
    self.name = name
    self.encode = encode
    self.decode = decode
  }
}

/// An option with its value, for the option list of a new socket.
///
/// ```swift
/// let options: [SocketSetting<SocketKind.Stream, SocketAddress>] = [.noDelay(true), .keepAlive(true)]
/// ```
@frozen
public struct SocketSetting<Kind, Address: EndpointAddress>: Sendable, BitwiseCopyable {
  @usableFromInline let name: SocketOptionName
  @usableFromInline let number: Int

  /// Makes a setting from an option and a value.
  ///
  /// - Parameters:
  ///   - option: The option to set.
  ///   - value: The value, in the unit and the range that the option's documentation names.
  @inlinable
  public init<Value>(_ option: SocketOption<Kind, Address, Value>, _ value: Value) {
    name = option.name
    number = option.encode(value)
  }
}

/// The form in which a socket carries its bytes.
@frozen
public enum SocketKind: Sendable, BitwiseCopyable {
  /// A connected stream of bytes without boundaries.
  case stream
  /// Messages that keep their boundaries.
  case datagram

  /// Marks the options of stream sockets, and of the sockets that listen for their connections.
  @frozen
  public enum Stream: Sendable {}
  /// Marks the options of datagram sockets.
  @frozen
  public enum Datagram: Sendable {}
}

/// The direction that a shutdown ends, or both directions.
@frozen
public enum ShutdownDirection: Sendable, BitwiseCopyable {
  /// Ends reading on this side.
  case read
  /// Ends writing on this side, so that the peer sees the end of the stream.
  case write
  /// Ends reading and writing on this side.
  case both
}

// MARK: - Values

extension SocketOption where Value == Bool {
  @inlinable init(_ name: SocketOptionName) { self.init(name, encode: { $0 ? 1 : 0 }, decode: { $0 != 0 }) }
}

extension SocketOption where Value == Int {
  @inlinable init(_ name: SocketOptionName) { self.init(name, encode: { $0 }, decode: { $0 }) }
}

extension SocketOption where Value == UInt32 {
  @inlinable
  init(_ name: SocketOptionName) {
    self.init(name, encode: { Int(clamping: $0) }, decode: { UInt32(truncatingIfNeeded: $0) })
  }
}

extension SocketOption where Value == IPv4Address {
  @inlinable
  init(_ name: SocketOptionName) {
    self.init(
      name, encode: { Int(truncatingIfNeeded: $0.rawValue) },
      decode: { IPv4Address(rawValue: UInt32(truncatingIfNeeded: $0)) })
  }
}

extension SocketOption where Value == Duration {
  @inlinable init(_ name: SocketOptionName) { self.init(name, encode: { $0.optionSeconds }, decode: { .seconds($0) }) }
}

extension SocketOption where Value == Duration? {
  @inlinable
  init(_ name: SocketOptionName) {
    self.init(name, encode: { $0?.optionSeconds ?? -1 }, decode: { $0 < 0 ? nil : .seconds($0) })
  }
}

// MARK: - Setting and reading

extension SourceHandle {
  /// Opens a socket and sets its options.
  @inlinable
  package static func open<Kind, Address>(
    _ family: SocketFamily, _ kind: SocketKind, _ options: [SocketSetting<Kind, Address>],
    reusesAddress: Bool = false, on kernel: S.K
  ) throws(IOError) -> SourceHandle {
    // From here on the descriptor has an owner, which closes the descriptor if an option fails.
    let handle = SourceHandle(owning: try kernel.openSocket(family, kind), on: kernel)
    if reusesAddress { try handle.kernel.setOption(.reuseAddress, of: handle.descriptor, to: 1) }
    for option in options { try handle.kernel.setOption(option.name, of: handle.descriptor, to: option.number) }
    return handle
  }

  @inlinable
  package func option<Kind, Address, Value>(_ option: SocketOption<Kind, Address, Value>) throws(IOError) -> Value {
    option.decode(try kernel.option(option.name, of: descriptor))
  }

  @inlinable
  package func setOption<Kind, Address, Value>(
    _ option: SocketOption<Kind, Address, Value>, to value: Value
  ) throws(IOError) {
    try kernel.setOption(option.name, of: descriptor, to: option.encode(value))
  }
}

/// The one owner of an open object: dropping it closes the object.
///
/// A conforming type is not generic, so that its `deinit` runs wherever a source is dropped; see `SourceHandle`.
public protocol DescriptorOwner: ~Copyable, Sendable {
  /// The kernel that the object lives in.
  associatedtype K: Kernel

  /// Takes over an open object.
  init(owning descriptor: K.Descriptor, on kernel: K)

  /// The object's name, which stays this value's to close.
  var descriptor: K.Descriptor { get }

  /// The kernel that the object lives in.
  var kernel: K { get }

  /// Gives the object away, to be closed by the caller.
  consuming func release() -> K.Descriptor
}

/// The address family of a socket.
@frozen
public enum SocketFamily: Sendable, BitwiseCopyable {
  /// Internet protocol, version 4.
  case ipv4
  /// Internet protocol, version 6.
  case ipv6
  /// Sockets between processes of one machine.
  case unix
}

/// An address of one of the two kinds.
@frozen
public enum AnyEndpointAddress: Sendable, BitwiseCopyable {
  /// An IP address with a port.
  case internet(SocketAddress)
  /// The address of a Unix-domain socket.
  case unix(UnixAddress)
}

internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Gives a socket its local address; to the unnamed one Linux answers with an abstract name of its own choice.
  ///
  /// - Throws: `.unsupported` for the unnamed address where there are no abstract names.
  ///
  /// Source: bind(2); unix(7), "Autobind feature".
  public func bind(_ descriptor: Int32, to address: UnixAddress) throws(IOError) {
    guard !address.isUnnamed || metal_has_abstract_names() != 0 else { throw IOError(.unsupported) }
    var raw = metal_unix_address(address)
    // Safety: the call only reads the address, of the length that belongs to it.
    try unsafe Self.check(metal_bind_unix(descriptor, &raw, try Self.length(of: address)))
  }

  /// Connects to an address.
  ///
  /// - Throws: `.connectionRefused` if nobody listens there, or the listener's queue is full.
  ///
  /// Source: connect(2), unix(7), `EAGAIN`.
  public func connect(_ descriptor: Int32, to address: UnixAddress) throws(IOError) {
    var raw = metal_unix_address(address)
    do throws(IOError) {
      // Safety: the call only reads the address, of the length that belongs to it.
      try unsafe Self.check(metal_connect_unix(descriptor, &raw, try Self.length(of: address)))
    } catch .connectionInProgress, .interrupted {
      // Under way, where the system does not connect at once.
    } catch .wouldBlock {
      // Linux says so of a listener whose queue is full, and no event says when it has room: macOS and the BSDs refuse.
      throw IOError(.connectionRefused, code: Int32(METAL_EAGAIN))
    }
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2), unix(7).
  public func localUnixAddress(of descriptor: Int32) throws(IOError) -> UnixAddress {
    var raw = metal_unix_address()
    var length: Int32 = 0
    // Safety: the call writes at most the structure's size.
    try unsafe Self.check(metal_local_unix_address(descriptor, &raw, &length))
    guard let address = UnixAddress(raw, length: length) else {
      throw IOError(errno: Int32(METAL_EAFNOSUPPORT))
    }
    return address
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2), unix(7).
  public func peerUnixAddress(of descriptor: Int32) throws(IOError) -> UnixAddress {
    var raw = metal_unix_address()
    var length: Int32 = 0
    // Safety: the call writes at most the structure's size.
    try unsafe Self.check(metal_peer_unix_address(descriptor, &raw, &length))
    guard let address = UnixAddress(raw, length: length) else {
      throw IOError(errno: Int32(METAL_EAFNOSUPPORT))
    }
    return address
  }

  /// The number of bytes that an address has in the system's layout.
  ///
  /// A path name has a terminator, which counts; an abstract name has a zero before it, which counts; an unnamed
  /// address is nothing but the family.
  ///
  /// Source: unix(7), "Address format".
  package static func length(of address: UnixAddress) throws(IOError) -> Int32 {
    let offset = Int(METAL_UNIX_PATH_OFFSET)
    if address.isUnnamed { return Int32(offset) }
    let size = Int(METAL_UNIX_PATH_SIZE)
    guard address.name.count <= (address.isAbstract ? size - 1 : size) else { throw IOError(.invalidInput) }
    guard !address.isAbstract || metal_has_abstract_names() != 0 else { throw IOError(.unsupported) }
    // A path that fills the address has no room for its terminator.
    return Int32(offset + min(address.name.count + 1, size))
  }
}

public import MetalCore

extension SimulatedKernel {
  /// Returns a socket option's value; switches are 0 or 1.
  ///
  /// - Throws: `.unsupported` for an option that the socket does not have; `.connectionReset` for one of TCP after the
  ///   connection was reset.
  ///
  /// Source: getsockopt(2).
  public func option(_ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Int {
    try call(.getsockopt, onSocket: descriptor) { _, socket throws(Errno) in
      if let errno = socket.refusal(of: option) { throw errno }
      return socket.options[option]
    }
  }

  /// Sets a socket option; switches are 0 or 1.
  ///
  /// - Throws: `.invalidInput` for a value that the option cannot have; otherwise `.unsupported` for an option that the
  ///   socket does not have; `.connectionReset` for one of TCP after the connection was reset; `.noBufferSpace` for a
  ///   buffer above 8 MiB.
  ///
  /// Source: setsockopt(2).
  public func setOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    try call(.setsockopt, onSocket: descriptor) { world, socket throws(Errno) in
      guard option.legalValues.contains(value) else { throw .invalid }
      if let errno = socket.refusal(of: option) ?? socket.refusal(of: value, for: option) { throw errno }
      // By way of a variable, since accesses to options that are changed in place are checked at run time.
      var options = socket.options
      options[option] = value
      socket.options = options
      socket.optionChanged(option, world)
    }
  }

  /// Returns a socket's pending error and clears it.
  ///
  /// Source: `SO_ERROR` in getsockopt(2).
  public func takePendingError(of descriptor: Int32) throws(IOError) -> IOError? {
    try call(.getsockopt, onSocket: descriptor) { _, socket in socket.takePendingError()?.error }
  }

  /// Joins a multicast group, or leaves it.
  ///
  /// - Throws: `.addressInUse` for a group that was joined already;
  ///   `.addressNotAvailable` for one that was not, or an interface that is not the machine's;
  ///   `.noBufferSpace` for more than 4,095 memberships.
  ///
  /// Source: `IP_ADD_MEMBERSHIP` in ip(4), `IPV6_JOIN_GROUP` in ip6(4).
  public func setMembership(
    _ isMember: Bool, of descriptor: Int32, in group: MulticastGroup
  ) throws(IOError) {
    try call(.setsockopt, onSocket: descriptor) { _, socket throws(Errno) in
      try socket.setMembership(isMember, group)
    }
  }
}

extension Socket {
  /// The reason why an option cannot have a value; `nil` if it can.
  fileprivate func refusal(of value: Int, for option: SocketOptionName) -> Errno? {
    switch option {
    case .sendBufferSize, .receiveBufferSize:
      if value == 0 { return .invalid }
      return value > SocketOptionTable.largestBuffer ? .noBufferSpace : nil
    case .ipv6Only: return canChangeFamilies ? nil : .invalid
    // An interface by its address or its number; 0 lets the system choose.
    case .multicastInterfaceV4:
      let interface = UInt32(exactly: value).flatMap { kernel.host.interface(IPv4Address(rawValue: $0)) }
      return interface == nil ? .addressNotAvailable : nil
    case .multicastInterfaceV6:
      return UInt32(exactly: value).flatMap { kernel.host.interface($0) } == nil ? .addressNotAvailable : nil
    default: return nil
    }
  }

  /// Whether the families that the socket takes may still change.
  private var canChangeFamilies: Bool {
    if case .internet(let address) = localAddress { address.port == 0 } else { true }
  }
}

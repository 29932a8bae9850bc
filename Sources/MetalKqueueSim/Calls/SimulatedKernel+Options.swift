public import MetalCore

extension SimulatedKernel {
  /// Returns a socket option's value, which is 0 or 1 for a switch.
  ///
  /// - Throws: `.unsupported` if the socket lacks the option; `.connectionReset` for an option of TCP after a reset.
  ///
  /// Source: getsockopt(2).
  public func option(_ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Int {
    try call(.getsockopt, onSocket: descriptor) { _, socket throws(Errno) in
      if let errno = socket.refusal(of: option) { throw errno }
      return socket.options[option]
    }
  }

  /// Sets a socket option, with 0 or 1 for a switch.
  ///
  /// - Throws: `.invalidInput` for a value that the option cannot have; `.unsupported` for an option that the socket
  ///   does not have; `.connectionReset` for an option of TCP after a reset of the connection; `.noBufferSpace` for a
  ///   buffer above 8 MiB; `.addressNotAvailable` for a multicast interface that the machine does not have.
  ///
  /// Source: setsockopt(2).
  public func setOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    try call(.setsockopt, onSocket: descriptor) { world, socket throws(Errno) in
      guard option.legalValues.contains(value) else { throw .invalid }
      if let errno = socket.refusal(of: option) ?? socket.refusal(of: value, for: option) { throw errno }
      // The copy avoids the run-time check of a change to the options in place.
      var options = socket.options
      options[option] = value
      socket.options = options
      socket.optionChanged(option, world)
    }
  }

  /// Returns a socket's pending error and clears it.
  ///
  /// - Throws: `.badDescriptor` for a closed descriptor; `.invalidInput` for a descriptor that is no socket.
  ///
  /// Source: `SO_ERROR` in getsockopt(2).
  public func takePendingError(of descriptor: Int32) throws(IOError) -> IOError? {
    try call(.getsockopt, onSocket: descriptor) { _, socket in socket.takePendingError()?.error }
  }

  /// Joins or leaves a multicast group.
  ///
  /// - Throws: `.invalidInput` for an address that is no group; `.unsupported` for a socket that is not a UDP socket of
  ///   the group's family; `.addressInUse` for a joined group; `.addressNotAvailable` for a group that was not joined,
  ///   or an interface that the machine does not have; `.noBufferSpace` for more than 4,095 memberships.
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
  /// The reason why an option cannot have a value; `nil` for a valid value.
  fileprivate func refusal(of value: Int, for option: SocketOptionName) -> Errno? {
    switch option {
    case .sendBufferSize, .receiveBufferSize:
      if value == 0 { return .invalid }
      return value > SocketOptionTable.largestBuffer ? .noBufferSpace : nil
    case .ipv6Only: return canChangeFamilies ? nil : .invalid
    // The value is the address or the number of an interface, or 0 for the system's choice.
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

import MetalCore

/// The kinds of socket that take options.
enum SocketWithOptions: CaseIterable {
  case listener, stream, udp

  /// Opens a socket of the kind, and a connection's other end if it needs one, and returns an option's value.
  @discardableResult
  func value(
    of option: SocketOption, with options: SocketOptions, _ address: SocketAddress = anyPort
  ) throws(IOError) -> Int {
    switch self {
    case .listener:
      let listener = try TCPListener(bindingTo: address, options: options)
      return try listener.perform { descriptor throws(IOError) in
        try RawOperation<Selector.K>.option(option, of: descriptor)
      }
    case .stream:
      let listener = try TCPListener(bindingTo: address)
      let stream = try TCPStream(connectingTo: try listener.localAddress, options: options)
      return try stream.perform { descriptor throws(IOError) in
        try RawOperation<Selector.K>.option(option, of: descriptor)
      }
    case .udp:
      let socket = try UDPSocket(bindingTo: address, options: options)
      return try socket.perform { descriptor throws(IOError) in
        try RawOperation<Selector.K>.option(option, of: descriptor)
      }
    }
  }
}

extension RawOperation {
  static func option(_ option: SocketOption, of descriptor: K.Descriptor) throws(IOError) -> Int {
    try K.current.option(option, of: descriptor)
  }

  static func linger(of descriptor: K.Descriptor) throws(IOError) -> Duration? {
    try K.current.linger(of: descriptor)
  }
}

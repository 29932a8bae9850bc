import MetalCore

/// The kinds of Internet socket, each of which takes options.
enum SocketWithOptions: CaseIterable {
  case listener, stream, udp

  /// Opens a socket of the kind with the settings that are for it, and a connection's other end if it needs one, and
  /// returns an option's number.
  @discardableResult
  func value(
    of option: SocketOptionName, with settings: Settings = Settings(), _ address: SocketAddress = anyPort
  ) throws(IOError) -> Int {
    switch self {
    case .listener:
      let listener = try TCPListener(bindingTo: address, options: settings.stream)
      return try number(of: option, listener)
    case .stream:
      let listener = try TCPListener(bindingTo: address)
      let stream = try TCPStream(connectingTo: try listener.localAddress, options: settings.stream)
      return try number(of: option, stream)
    case .udp:
      let socket = try UDPSocket(bindingTo: address, options: settings.datagram)
      return try number(of: option, socket)
    }
  }

  private func number<T: Performing & ~Copyable>(
    of option: SocketOptionName, _ socket: borrowing T
  ) throws(IOError) -> Int {
    try ready(
      socket.perform { descriptor throws(IOError) in try RawOperation<Selector.K>.option(option, of: descriptor) })
  }

  /// The same settings for either kind of socket.
  struct Settings {
    var stream: [SocketSetting<SocketKind.Stream, SocketAddress>] = []
    var datagram: [SocketSetting<SocketKind.Datagram, SocketAddress>] = []
  }
}

extension RawOperation {
  static func option(_ option: SocketOptionName, of descriptor: K.Descriptor) throws(IOError) -> Int {
    try K.current.option(option, of: descriptor)
  }
}

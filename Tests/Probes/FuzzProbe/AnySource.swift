import Glibc
import MetalIO

/// A source of any kind, or what is left of one.
enum AnySource: ~Copyable {
  case closed
  case tcpStream(TCPStream)
  case udpSocket(UDPSocket)
  case unixStream(UnixStream)
  case unixDatagram(UnixDatagramSocket)
  case unixListener(UnixListener)
  case borrowed(BorrowedStream)
  case pipeReader(PipeReader)
  case pipeWriter(PipeWriter)
}

/// What can be done to a source's registration.
enum Change {
  case register(Token, Interests)
  case reregister(Token, Interests)
  case deregister

  fileprivate func apply<T: Source & ~Copyable>(to source: inout T, _ registry: Registry) -> IOError?
  where T.S == DefaultSelector {
    do throws(IOError) {
      switch self {
      case .register(let token, let interests):
        try registry.register(&source, token: token, interests: interests)
      case .reregister(let token, let interests):
        try registry.reregister(&source, token: token, interests: interests)
      case .deregister: try registry.deregister(&source)
      }
      return nil
    } catch {
      return error
    }
  }
}

extension AnySource {
  var isOpen: Bool {
    switch self {
    case .closed: false
    default: true
    }
  }

  /// Whether the source is a listener, which has connections in the place of bytes.
  var isListener: Bool {
    switch self {
    case .unixListener: true
    default: false
    }
  }

  /// Whether bytes, or connections, can come out of the source.
  var isReadable: Bool {
    switch self {
    case .closed: false
    case .pipeWriter: false
    default: true
    }
  }

  /// Whether bytes can go into the source, to its peer.
  var isWritable: Bool {
    switch self {
    case .closed: false
    case .pipeReader: false
    case .unixListener: false
    default: true
    }
  }

  /// Changes the registration, and returns what the call threw.
  mutating func change(_ change: Change, _ registry: Registry) -> IOError? {
    let error: IOError?
    switch consume self {
    case .closed:
      error = nil
      self = .closed
    case .tcpStream(var source):
      error = change.apply(to: &source, registry)
      self = .tcpStream(source)
    case .udpSocket(var source):
      error = change.apply(to: &source, registry)
      self = .udpSocket(source)
    case .unixStream(var source):
      error = change.apply(to: &source, registry)
      self = .unixStream(source)
    case .unixDatagram(var source):
      error = change.apply(to: &source, registry)
      self = .unixDatagram(source)
    case .unixListener(var source):
      error = change.apply(to: &source, registry)
      self = .unixListener(source)
    case .borrowed(var source):
      error = change.apply(to: &source.source, registry)
      self = .borrowed(source)
    case .pipeReader(var source):
      error = change.apply(to: &source, registry)
      self = .pipeReader(source)
    case .pipeWriter(var source):
      error = change.apply(to: &source, registry)
      self = .pipeWriter(source)
    }
    return error
  }

  /// Closes the source by name, unlike a drop.
  consuming func close() throws(IOError) {
    switch consume self {
    case .closed: break
    case .tcpStream(let source): try source.close()
    case .udpSocket(let source): try source.close()
    case .unixStream(let source): try source.close()
    case .unixDatagram(let source): try source.close()
    case .unixListener(let source): try source.close()
    case .borrowed(let source): try source.close()
    case .pipeReader(let source): try source.close()
    case .pipeWriter(let source): try source.close()
    }
  }

  /// Reads once, or accepts and drops a connection; `nil` if that would block.
  func read(into buffer: inout InlineArray<512, UInt8>) throws(IOError) -> Int? {
    switch self {
    case .closed: nil
    case .pipeWriter: nil
    case .tcpStream(let source): try source.read(into: buffer.mutableSpan)
    case .udpSocket(let source): try source.receive(into: buffer.mutableSpan)?.count
    case .unixStream(let source): try source.read(into: buffer.mutableSpan)
    case .unixDatagram(let source): try source.receive(into: buffer.mutableSpan)?.count
    case .unixListener(let source): try source.accept() == nil ? nil : 1
    case .borrowed(let source): try source.read(into: &buffer)
    case .pipeReader(let source): try source.read(into: buffer.mutableSpan)
    }
  }

  /// Writes once, or connects to the listener and hangs up; `nil` if that would block.
  func write(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    switch self {
    case .closed: nil
    case .pipeReader: nil
    case .tcpStream(let source): try source.write(bytes)
    case .udpSocket(let source): try source.send(bytes)
    case .unixStream(let source): try source.write(bytes)
    case .unixDatagram(let source): try source.send(bytes)
    case .unixListener(let source): try call(source.localAddress)
    case .borrowed(let source): try source.write(bytes)
    case .pipeWriter(let source): try source.write(bytes)
    }
  }

  /// Sends an urgent byte, and returns whether that was possible; on TCP it is.
  func sendUrgent() throws(IOError) -> Bool {
    switch self {
    case .tcpStream(let source):
      try source.perform { descriptor throws(IOError) in
        var byte: UInt8 = 33
        // Safety: the call reads one byte.
        return unsafe send(descriptor, &byte, 1, Int32(MSG_OOB | MSG_NOSIGNAL)) == 1
      } ?? false
    default: false
    }
  }

  private func call(_ address: UnixAddress) throws(IOError) -> Int? {
    do throws(IOError) {
      _ = try UnixStream(connectingTo: address)
      return 1
    } catch .connectionRefused {
      // As many are waiting as the backlog allows.
      return nil
    }
  }
}

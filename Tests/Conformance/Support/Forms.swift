import MetalCore

/// The forms of reading a stream, which all keep the same rules of draining.
enum ReadForm: CaseIterable {
  case read, readIfReady, appending, appendingIfReady, vectored, vectoredIfReady, performed

  /// Reads at most `count` bytes, and returns how many, or `nil` if that would block.
  func callAsFunction<R: ByteReader & ~Copyable>(
    _ stream: borrowing R, atMost count: Int
  ) throws(IOError) -> Int? {
    var buffer = [UInt8](repeating: 0, count: count)
    do throws(IOError) {
      switch self {
      case .read:
        return try stream.read(into: buffer.mutableSpan)
      case .readIfReady:
        return try stream.readIfReady(into: buffer.mutableSpan)
      case .appending:
        return try append(stream, count) { (stream, span) throws(IOError) in
          try stream.read(appendingTo: &span)
        }
      case .appendingIfReady:
        return try append(stream, count) { (stream, span) throws(IOError) in
          try stream.readIfReady(appendingTo: &span)
        }
      case .vectored, .vectoredIfReady:
        var second = [UInt8](repeating: 0, count: count / 2)
        buffer.removeLast(count / 2)
        var vector = MutableIOVector<2>()
        vector.append(buffer.mutableSpan)
        vector.append(second.mutableSpan)
        return self == .vectored ? try stream.read(into: vector) : try stream.readIfReady(into: vector)
      case .performed:
        return try stream.perform { descriptor throws(IOError) in
          try R.take(from: descriptor, into: buffer.mutableSpan)
        }
      }
    } catch .wouldBlock {
      return nil
    }
  }

  private func append<R: ByteReader & ~Copyable>(
    _ stream: borrowing R, _ capacity: Int,
    _ operation: (borrowing R, inout OutputSpan<UInt8>) throws(IOError) -> Int?
  ) throws(IOError) -> Int? {
    var moved: Int?
    _ = try [UInt8](capacity: capacity) { span throws(IOError) in
      moved = try operation(stream, &span)
    }
    return moved
  }
}

/// The forms of looking at what a stream has received without taking it.
enum PeekForm: CaseIterable {
  case peek, peekIfReady

  /// Copies at most `count` bytes, and returns how many, or `nil` if that would block.
  func callAsFunction<T: StreamSocket & ~Copyable>(
    _ stream: borrowing T, atMost count: Int
  ) throws(IOError) -> Int? {
    var buffer = [UInt8](repeating: 0, count: count)
    guard self == .peek else { return try stream.peekIfReady(into: buffer.mutableSpan) }
    do throws(IOError) {
      return try stream.peek(into: buffer.mutableSpan)
    } catch .wouldBlock {
      return nil
    }
  }
}

/// The forms of writing to a stream, which all keep the same rules of filling.
enum WriteForm: CaseIterable {
  case write, writeIfReady, vectored, vectoredIfReady, performed

  /// Writes at most all bytes, and returns how many, or `nil` if that would block.
  func callAsFunction<W: ByteWriter & ~Copyable>(
    _ stream: borrowing W, _ bytes: [UInt8]
  ) throws(IOError) -> Int? {
    do throws(IOError) {
      switch self {
      case .write:
        return try stream.write(bytes.span)
      case .writeIfReady:
        return try stream.writeIfReady(bytes.span)
      case .vectored, .vectoredIfReady:
        var vector = IOVector<2>()
        let half = bytes.count / 2
        vector.append(bytes.span.extracting(..<half))
        vector.append(bytes.span.extracting(half...))
        return self == .vectored ? try stream.write(vector) : try stream.writeIfReady(vector)
      case .performed:
        return try stream.perform { descriptor throws(IOError) in
          try W.put(bytes.span, to: descriptor)
        }
      }
    } catch .wouldBlock {
      return nil
    }
  }
}

/// The forms of accepting a connection.
enum AcceptForm: CaseIterable {
  case accept, acceptIfReady

  /// Accepts a connection, or returns `nil` if that would block.
  func callAsFunction(_ listener: borrowing TCPListener) throws(IOError) -> TCPStream? {
    do throws(IOError) {
      switch self {
      case .accept:
        let accepted = try listener.accept()
        return .some(accepted.stream)
      case .acceptIfReady:
        guard let accepted = try listener.acceptIfReady() else { return nil }
        return .some(accepted.stream)
      }
    } catch .wouldBlock {
      return nil
    }
  }
}

/// Operations of a program's own: the kernel's calls, past the sources.
enum RawOperation<K: Kernel> {
  /// Throws the pending error of a socket, if there is one, and takes it.
  static func throwPendingError(of descriptor: K.Descriptor) throws(IOError) {
    if let error = try K.current.takePendingError(of: descriptor) { throw error }
  }

  static func receive(
    _ descriptor: K.Descriptor, into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> Int {
    try count(K.current.receive(descriptor, into: buffer))
  }

  static func send(_ descriptor: K.Descriptor, _ bytes: Span<UInt8>) throws(IOError) -> Int {
    try count(K.current.send(descriptor, bytes))
  }

  static func read(
    _ descriptor: K.Descriptor, into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> Int {
    try count(K.current.read(descriptor, into: buffer))
  }

  static func write(_ descriptor: K.Descriptor, _ bytes: Span<UInt8>) throws(IOError) -> Int {
    try count(K.current.write(descriptor, bytes))
  }

  static func localAddress(_ descriptor: K.Descriptor) throws(IOError) -> SocketAddress {
    try K.current.localAddress(of: descriptor)
  }

  private static func count(_ result: IOResult) throws(IOError) -> Int {
    guard result.isSuccess else { throw K.error(for: result) }
    return result.rawValue
  }
}

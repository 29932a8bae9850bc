import MetalCore
import Testing

/// The forms of reading a stream, which all keep the same rules of draining.
enum ReadForm: CaseIterable {
  case span, rawSpan, appending, growing, vector, performed

  /// Reads at most `count` bytes, and returns how many, or `nil` if that would block.
  func callAsFunction<R: ByteReader & ~Copyable>(_ stream: borrowing R, atMost count: Int) throws(IOError) -> Int? {
    var buffer = [UInt8](repeating: 0, count: count)
    switch self {
    case .span:
      return try stream.read(into: buffer.mutableSpan)
    case .rawSpan:
      var span = buffer.mutableSpan
      // Safety: bytes of any value are bytes.
      return try unsafe stream.read(into: span.mutableBytes)
    case .appending:
      var moved: Int?
      _ = try [UInt8](capacity: count) { span throws(IOError) in moved = try stream.read(appendingTo: &span) }
      return moved
    case .growing:
      let moved = try stream.read(appendingTo: &buffer, atMost: count)
      guard buffer.count == count + (moved ?? 0) else { throw IOError(.other) }
      return moved
    case .vector:
      var second = [UInt8](repeating: 0, count: count / 2)
      buffer.removeLast(count / 2)
      var storage = IOVectorStorage<2>()
      var vector = storage.makeMutableVector()
      vector.append(buffer.mutableSpan)
      vector.append(second.mutableSpan)
      return try stream.read(into: vector)
    case .performed:
      return try stream.perform { descriptor throws(IOError) in try R.take(from: descriptor, into: buffer.mutableSpan) }
    }
  }
}

/// The forms of looking at what a stream has received without taking it.
enum PeekForm: CaseIterable {
  case span, vector

  /// Copies at most `count` bytes, and returns how many, or `nil` if that would block.
  func callAsFunction<A: EndpointAddress>(
    _ stream: borrowing StreamSocket<Selector, A>, atMost count: Int
  ) throws(IOError) -> Int? {
    var buffer = [UInt8](repeating: 0, count: count)
    guard self == .vector else { return try stream.peek(into: buffer.mutableSpan) }
    var second = [UInt8](repeating: 0, count: count / 2)
    buffer.removeLast(count / 2)
    var storage = IOVectorStorage<2>()
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    vector.append(second.mutableSpan)
    return try stream.peek(into: vector)
  }
}

/// The forms of writing to a stream, which all keep the same rules of filling.
enum WriteForm: CaseIterable {
  case span, rawSpan, vector, performed

  /// Writes at most all bytes, and returns how many, or `nil` if that would block.
  func callAsFunction<W: ByteWriter & ~Copyable>(_ stream: borrowing W, _ bytes: [UInt8]) throws(IOError) -> Int? {
    switch self {
    case .span:
      return try stream.write(bytes.span)
    case .rawSpan:
      // Safety: as above.
      return try unsafe stream.write(bytes.span.bytes)
    case .vector:
      let half = bytes.count / 2
      var storage = IOVectorStorage<2>()
      var vector = storage.makeVector()
      vector.append(bytes.span.extracting(..<half))
      vector.append(bytes.span.extracting(half...))
      return try stream.write(vector)
    case .performed:
      return try stream.perform { descriptor throws(IOError) in try W.put(bytes.span, to: descriptor) }
    }
  }
}

/// Operations of a program's own: the kernel's calls, past the sources.
enum RawOperation<K: Kernel> {
  /// Throws the pending error of a socket, if there is one, and takes it.
  static func throwPendingError(of descriptor: K.Descriptor) throws(IOError) {
    if let error = try K.current.takePendingError(of: descriptor) { throw error }
  }

  static func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: K.Descriptor, into buffer: consuming Buffer
  ) throws(IOError) -> Int {
    try count(K.current.receive(descriptor, into: buffer, isPeek: false))
  }

  static func send(_ descriptor: K.Descriptor, _ bytes: Span<UInt8>) throws(IOError) -> Int {
    try count(K.current.send(descriptor, bytes))
  }

  static func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: K.Descriptor, into buffer: consuming Buffer
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

/// Expects that writing is a broken pipe, in every form.
func expectBrokenPipe<W: ByteWriter & ~Copyable>(
  _ writer: borrowing W, sourceLocation: SourceLocation = #_sourceLocation
) {
  for form in WriteForm.allCases {
    expectError(.brokenPipe, sourceLocation: sourceLocation) { () throws(IOError) in try form(writer, [1, 2, 3, 4]) }
  }
}

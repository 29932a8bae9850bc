import MetalCore

/// What runs operations of the program's own: every source of the library.
protocol Performing: ~Copyable, Source {
  func perform<R: ~Copyable>(
    _ operation: (Selector.K.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R
}

/// What bytes are read from: the rows about byte streams hold for each kind.
protocol ByteReader: ~Copyable, Performing {
  func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int
  func readIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int?
  func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int
  func readIfReady(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int?
  func read<let capacity: Int>(into vector: consuming MutableIOVector<capacity>) throws(IOError) -> Int
  func readIfReady<let capacity: Int>(into vector: consuming MutableIOVector<capacity>) throws(IOError)
    -> Int?

  /// The kernel's call for reading this kind, past the source.
  static func take(
    from descriptor: Selector.K.Descriptor, into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> Int
}

/// What bytes are written to: the rows about byte streams hold for each kind.
protocol ByteWriter: ~Copyable, Performing {
  func write(_ bytes: Span<UInt8>) throws(IOError) -> Int
  func writeIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int?
  func write<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int
  func writeIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int?

  /// The kernel's call for writing to this kind, past the source.
  static func put(_ bytes: Span<UInt8>, to descriptor: Selector.K.Descriptor) throws(IOError) -> Int
}

extension ByteReader where Self: ~Copyable {
  static func take(
    from descriptor: Selector.K.Descriptor, into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> Int {
    try RawOperation<Selector.K>.receive(descriptor, into: buffer)
  }
}

extension ByteWriter where Self: ~Copyable {
  static func put(_ bytes: Span<UInt8>, to descriptor: Selector.K.Descriptor) throws(IOError) -> Int {
    try RawOperation<Selector.K>.send(descriptor, bytes)
  }
}

extension TCPListener: Performing where S == Selector {}
extension UDPSocket: Performing where S == Selector {}
extension UnixListener: Performing where S == Selector {}
extension UnixDatagram: Performing where S == Selector {}

extension TCPStream: Performing, ByteReader, ByteWriter where S == Selector {}

extension UnixStream: Performing, ByteReader, ByteWriter where S == Selector {}

extension PipeReader: Performing, ByteReader where S == Selector {
  static func take(
    from descriptor: Selector.K.Descriptor, into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> Int {
    try RawOperation<Selector.K>.read(descriptor, into: buffer)
  }
}

extension PipeWriter: Performing, ByteWriter where S == Selector {
  static func put(_ bytes: Span<UInt8>, to descriptor: Selector.K.Descriptor) throws(IOError) -> Int {
    try RawOperation<Selector.K>.write(descriptor, bytes)
  }
}

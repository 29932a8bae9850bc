import MetalCore
import Testing

/// What runs operations of the program's own: every source of the library.
protocol Performing: ~Copyable, Source {
  func perform<R: ~Copyable>(_ operation: (Selector.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R?
}

/// What bytes are read from: the rows about byte streams hold for each kind.
protocol ByteReader: ~Copyable, Performing {
  func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(into buffer: consuming Buffer) throws(IOError) -> Int?
  func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int?
  func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(IOError) -> Int?

  /// The kernel's call for reading this kind, past the source.
  static func take<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    from descriptor: Selector.K.Descriptor, into buffer: consuming Buffer
  ) throws(IOError) -> Int
}

/// What bytes are written to: the rows about byte streams hold for each kind.
protocol ByteWriter: ~Copyable, Performing {
  func write<Bytes: IOBytes & ~Copyable & ~Escapable>(_ bytes: borrowing Bytes) throws(IOError) -> Int?

  /// The kernel's call for writing to this kind, past the source.
  static func put(_ bytes: Span<UInt8>, to descriptor: Selector.K.Descriptor) throws(IOError) -> Int
}

extension ByteReader where Self: ~Copyable {
  static func take<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    from descriptor: Selector.K.Descriptor, into buffer: consuming Buffer
  ) throws(IOError) -> Int {
    try RawOperation<Selector.K>.receive(descriptor, into: buffer)
  }
}

extension ByteWriter where Self: ~Copyable {
  static func put(_ bytes: Span<UInt8>, to descriptor: Selector.K.Descriptor) throws(IOError) -> Int {
    try RawOperation<Selector.K>.send(descriptor, bytes)
  }
}

/// Expects what row ET-07 says of an operation of the program's own, on any source.
func expectPassedOn<T: Performing & ~Copyable>(by source: borrowing T) throws(IOError) {
  var calls = 0
  let value = try source.perform { _ throws(IOError) in
    calls += 1
    return 4711
  }
  #expect(value == 4711 && calls == 1)
  for error in [IOError(.other, code: 4711), IOError(.wouldBlock), IOError(.wouldBlock, code: 1)] {
    calls = 0
    var value: Int?
    var thrown: IOError?
    do throws(IOError) {
      value = try source.perform { _ throws(IOError) in
        calls += 1
        throw error
      }
    } catch {
      thrown = error
    }
    #expect(value == nil && calls == 1)
    #expect(thrown == (error.kind == .wouldBlock ? nil : error))
  }
}

extension ListeningSocket: Performing where S == Selector {}
extension DatagramSocket: Performing where S == Selector {}
extension StreamSocket: Performing, ByteReader, ByteWriter where S == Selector {}

extension MetalCore.PipeReader: Performing, ByteReader where S == Selector {
  static func take<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    from descriptor: Selector.K.Descriptor, into buffer: consuming Buffer
  ) throws(IOError) -> Int {
    try RawOperation<Selector.K>.read(descriptor, into: buffer)
  }
}

extension MetalCore.PipeWriter: Performing, ByteWriter where S == Selector {
  static func put(_ bytes: Span<UInt8>, to descriptor: Selector.K.Descriptor) throws(IOError) -> Int {
    try RawOperation<Selector.K>.write(descriptor, bytes)
  }
}

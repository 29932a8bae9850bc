// Uses every public generic with a kernel and a selector that do nothing, for a compilation as Embedded Swift.
//
// Bodies of generics are checked only where they are instantiated, so compiling MetalCore alone would prove little.
// This file is compiled together with the module's sources, for bare metal; it is never run.

struct NullOwner: DescriptorOwner, ~Copyable {
  var descriptor: Int32
  let kernel: NullKernel

  init(owning descriptor: Int32, on kernel: NullKernel) {
    self.descriptor = descriptor
    self.kernel = kernel
  }

  deinit {
    guard descriptor != NullKernel.noDescriptor else { return }
    do throws(IOError) { try kernel.close(descriptor) } catch {}
  }

  consuming func release() -> Int32 {
    let descriptor = descriptor
    self.descriptor = NullKernel.noDescriptor
    return descriptor
  }
}

struct NullKernel: Kernel {
  typealias Owner = NullOwner

  static var noDescriptor: Int32 { -1 }
  static var current: NullKernel { NullKernel() }
  static var wouldBlock: IOResult { IOResult(rawValue: -1) }

  var monotonicNanoseconds: Int64 { 0 }

  static func error(for result: IOResult) -> IOError {
    IOError(.other, code: Int32(truncatingIfNeeded: result.rawValue))
  }

  func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 { 0 }
  func close(_ descriptor: Int32) throws(IOError) {}
  func bind(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {}
  func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {}
  func connect(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {}
  func accept(_ descriptor: Int32, into accepted: inout Int32, peerAddress: inout SocketAddress) -> IOResult {
    Self.wouldBlock
  }
  func localAddress(of descriptor: Int32) throws(IOError) -> SocketAddress { throw IOError(.unsupported) }
  func peerAddress(of descriptor: Int32) throws(IOError) -> SocketAddress { throw IOError(.unsupported) }
  func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {}
  func option(_ option: SocketOption, of descriptor: Int32) throws(IOError) -> Int { 0 }
  func setOption(_ option: SocketOption, of descriptor: Int32, to value: Int) throws(IOError) {}
  func setLinger(_ linger: Duration?, of descriptor: Int32) throws(IOError) {}
  func linger(of descriptor: Int32) throws(IOError) -> Duration? { nil }
  func takePendingError(of descriptor: Int32) throws(IOError) -> IOError? { nil }
  func receive(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult {
    IOResult(rawValue: buffer.count)
  }
  func receive(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult {
    Self.wouldBlock
  }
  func receive<let capacity: Int>(_ descriptor: Int32, into vector: consuming MutableIOVector<capacity>)
    -> IOResult
  {
    for index in 0..<vector.count { vector.withBuffer(index) { $0[0] = 0 } }
    return Self.wouldBlock
  }
  func peek(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult { Self.wouldBlock }
  func send(_ descriptor: Int32, _ bytes: Span<UInt8>) -> IOResult { IOResult(rawValue: bytes.count) }
  func send<let capacity: Int>(_ descriptor: Int32, _ vector: IOVector<capacity>) -> IOResult {
    IOResult(rawValue: vector[0].count)
  }

  func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> { Pair(0, 1) }
  func bind(_ descriptor: Int32, to address: UnixAddress) throws(IOError) {}
  func connect(_ descriptor: Int32, to address: UnixAddress) throws(IOError) {}
  func accept(_ descriptor: Int32, into accepted: inout Int32, peerAddress: inout UnixAddress) -> IOResult {
    Self.wouldBlock
  }
  func localUnixAddress(of descriptor: Int32) throws(IOError) -> UnixAddress { .unnamed }
  func peerUnixAddress(of descriptor: Int32) throws(IOError) -> UnixAddress { .unnamed }
  func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool
  ) -> IOResult { Self.wouldBlock }
  func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult { Self.wouldBlock }
  func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool,
    source: inout UnixAddress
  ) -> IOResult { Self.wouldBlock }
  func receiveDatagram<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool
  ) -> IOResult { Self.wouldBlock }
  func receiveDatagram<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult { Self.wouldBlock }
  func sendDatagram(_ descriptor: Int32, _ bytes: Span<UInt8>, to address: SocketAddress) -> IOResult {
    Self.wouldBlock
  }
  func sendDatagram(_ descriptor: Int32, _ bytes: Span<UInt8>, to address: UnixAddress) -> IOResult {
    Self.wouldBlock
  }
  func sendDatagram<let capacity: Int>(
    _ descriptor: Int32, _ vector: IOVector<capacity>, to address: SocketAddress
  ) -> IOResult { Self.wouldBlock }
  func setMembership(_ isMember: Bool, of descriptor: Int32, in group: MulticastGroup) throws(IOError) {}
  func openPipe() throws(IOError) -> Pair<Int32, Int32> { Pair(0, 1) }
  func read(_ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>) -> IOResult { Self.wouldBlock }
  func read(_ descriptor: Int32, appendingTo buffer: inout OutputSpan<UInt8>) -> IOResult { Self.wouldBlock }
  func read<let capacity: Int>(_ descriptor: Int32, into vector: consuming MutableIOVector<capacity>)
    -> IOResult
  {
    Self.wouldBlock
  }
  func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> IOResult { IOResult(rawValue: bytes.count) }
  func write<let capacity: Int>(_ descriptor: Int32, _ vector: IOVector<capacity>) -> IOResult {
    IOResult(rawValue: vector.byteCount)
  }
  func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {}
}

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
  func bind<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {}
  func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {}
  func connect<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {}
  func accept<Address: EndpointAddress>(
    _ descriptor: Int32, into accepted: inout Int32, from peerAddress: inout Address
  ) -> IOResult { Self.wouldBlock }
  func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    .unspecified
  }
  func peerAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    guard let address = Address(.unix(.unnamed)) else { throw IOError(.notConnected) }
    return address
  }
  func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {}
  func option(_ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Int { 0 }
  func setOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    guard option.legalValues.contains(value) else { throw IOError(.invalidInput) }
  }
  func takePendingError(of descriptor: Int32) throws(IOError) -> IOError? { nil }

  func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool
  ) -> IOResult { fill(&buffer) }
  func send<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult { take(bytes) }
  func receiveDatagram<Buffer: MutableIOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool, isTruncated: inout Bool,
    from source: inout Address
  ) -> IOResult {
    isTruncated = true
    source = .unspecified
    return fill(&buffer)
  }
  func sendDatagram<Bytes: IOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, _ bytes: borrowing Bytes, to address: Address
  ) -> IOResult { take(bytes) }
  func setMembership(_ isMember: Bool, of descriptor: Int32, in group: MulticastGroup) throws(IOError) {}

  func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> { Pair(0, 1) }
  func openPipe() throws(IOError) -> Pair<Int32, Int32> { Pair(0, 1) }
  func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer
  ) -> IOResult { fill(&buffer) }
  func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult { take(bytes) }
  func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int32) throws(IOError) {}
}

extension NullKernel {
  /// Writes a zero to each buffer that there is room in.
  private func fill<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(_ buffer: inout Buffer) -> IOResult {
    buffer.forEachRegion { region in
      if !region.isEmpty { region[0] = 0 }
      return true
    }
    return buffer.byteCount == 0 ? Self.wouldBlock : IOResult(rawValue: 1)
  }

  /// Counts the bytes of the buffers.
  private func take<Bytes: IOBytes & ~Copyable & ~Escapable>(_ bytes: borrowing Bytes) -> IOResult {
    var count = 0
    bytes.forEachRegion { region in
      count += region.count
      return true
    }
    return count == 0 ? Self.wouldBlock : IOResult(rawValue: count)
  }
}

import Glibc
import MetalIO

/// A source of any kind.
///
/// The methods are mutating because Swift 6.3 cannot call others on a noncopyable value in an optional.
protocol AnySource: ~Copyable, Source, Sendable where S == DefaultSelector {
  /// Reads once, or accepts and drops a connection; returns `nil` if that would block.
  mutating func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int?

  /// Writes once, to the peer or over a new connection to the listener; returns `nil` if that would block.
  mutating func write(_ bytes: borrowing Span<UInt8>) throws(IOError) -> Int?

  /// Sends an urgent byte if the source is a TCP stream, and returns whether it did.
  mutating func sendUrgent() throws(IOError) -> Bool

  /// Closes the source and throws the system's error, unlike a drop.
  consuming func close() throws(IOError)

  var isListener: Bool { get }
}

extension AnySource where Self: ~Copyable {
  func sendUrgent() -> Bool { false }
  var isListener: Bool { false }
}

extension PipeReader: AnySource where S == DefaultSelector {
  func write(_ bytes: borrowing Span<UInt8>) -> Int? { nil }
}

extension PipeWriter: AnySource where S == DefaultSelector {
  func read(into buffer: consuming MutableSpan<UInt8>) -> Int? { nil }
}

extension StreamSocket: AnySource where S == DefaultSelector {
  func sendUrgent() throws(IOError) -> Bool {
    guard Address.isInternet else { return false }
    return try perform { descriptor throws(IOError) in
      var byte: UInt8 = 33
      // Safety: the call reads one byte.
      return unsafe send(descriptor, &byte, 1, Int32(MSG_OOB | MSG_NOSIGNAL)) == 1
    } ?? false
  }
}

extension DatagramSocket: AnySource where S == DefaultSelector {
  func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? { try receive(into: buffer)?.count }
  func write(_ bytes: borrowing Span<UInt8>) throws(IOError) -> Int? { try send(bytes) }
}

extension ListeningSocket: AnySource where S == DefaultSelector {
  var isListener: Bool { true }
  func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? { try accept() == nil ? nil : 1 }

  func write(_ bytes: borrowing Span<UInt8>) throws(IOError) -> Int? {
    // A connection that is not established yet would block, and the drop gives it up. As in `connect`, it ends by a reset.
    switch try localAddress.erased {
    case .internet(let address): try TCPStream(connectingTo: address, options: [.linger(.zero)]).write(bytes)
    case .unix(let address): try UnixStream(connectingTo: address).write(bytes)
    }
  }
}

#if !Simulated
extension BorrowedDescriptor: AnySource where S == DefaultSelector {
  func read(into _: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    // A closure cannot consume the caller's span.
    var bytes = InlineArray<512, UInt8>(repeating: 0)
    return try move { descriptor in SystemKernel().receive(descriptor, into: bytes.mutableSpan, isPeek: false) }
  }

  func write(_ bytes: borrowing Span<UInt8>) throws(IOError) -> Int? {
    let bytes = copy bytes
    return try move { descriptor in SystemKernel().send(descriptor, bytes) }
  }

  consuming func close() {}

  private func move(_ operation: (Int32) -> IOResult) throws(IOError) -> Int? {
    try perform { descriptor throws(IOError) in
      let result = operation(descriptor)
      guard result.isSuccess else { throw SystemKernel.error(for: result) }
      return result.rawValue
    }
  }
}
#endif

import Glibc
import MetalCore
import MetalSystem

typealias BorrowedDescriptor = BenchmarkSelector.BorrowedDescriptor

/// A connection that is a descriptor of the program's own, and reads and writes by `perform(_:)`.
struct BorrowedConnection: Conversation, ~Copyable {
  // In this order: the registration ends before the descriptor is closed.
  private var source: BorrowedDescriptor
  private let owner: OwnedDescriptor

  init(_ stream: consuming TCPStream, _ registry: Registry, _ token: Token) throws(IOError) {
    let owner = stream.releaseDescriptor()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    try registry.register(&source, token: token, interests: [.readable, .writable])
    self.source = source
    self.owner = owner
  }

  /// Returns whether the connection goes on; it ends if the socket does not take everything.
  mutating func serve(_ event: Event, _ buffer: inout Buffer, fullRead: Int) -> Bool {
    guard event.isReadable || event.isReadClosed || event.isError else { return true }
    do throws(IOError) {
      while let count = try read(into: &buffer) {
        if count == 0 { return false }
        guard try write(&buffer, count) == count else { return false }
        if count < fullRead && !event.isReadClosed { return true }
      }
      return true
    } catch {
      return false
    }
  }

  private func read(into buffer: inout Buffer) throws(IOError) -> Int? {
    // Safety: the call writes at most as many bytes as the buffer has.
    try source.perform { socket throws(IOError) in try checked(unsafe recv(socket, &buffer, buffer.count, 0)) }
  }

  private func write(_ buffer: inout Buffer, _ count: Int) throws(IOError) -> Int? {
    let flags = Int32(MSG_NOSIGNAL)
    // Safety: the call reads bytes of the buffer.
    return try source.perform { socket throws(IOError) in try checked(unsafe send(socket, &buffer, count, flags)) }
  }
}

/// A call's result, or its error.
private func checked(_ result: Int) throws(IOError) -> Int {
  guard result < 0 else { return result }
  throw errno == EAGAIN ? IOError(.wouldBlock) : IOError(.connectionReset, code: errno)
}

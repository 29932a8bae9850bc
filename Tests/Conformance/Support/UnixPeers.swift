import MetalCore
import Testing

/// Sends back whatever has arrived at a stream; returns how many bytes that were.
@discardableResult
func echo(_ stream: borrowing UnixStream) throws(IOError) -> Int {
  var total = 0
  var buffer = [UInt8](repeating: 0, count: 4096)
  while let count = try stream.read(into: buffer.mutableSpan), count > 0 {
    try stream.writeFully(Array(buffer[..<count]))
    total += count
  }
  return total
}

/// Has a client connect to a listener, and expects what rows UDS-11 and UDS-12 say.
///
/// Hands the two ends to `inspect`: the accepted one, then the connected one.
func expectAcceptance(
  by listener: consuming UnixListener,
  inspect: (borrowing UnixStream, borrowing UnixStream) throws(IOError) -> Void = { _, _ in }
) throws(IOError) {
  var loop = try Loop(watching: &listener, token: 1, interests: [.readable, .writable])
  try loop.expectQuiet()
  expectWouldBlock { () throws(IOError) in try listener.accept() }
  let address = try listener.localAddress
  let client = try UnixStream(connectingTo: address)
  try loop.expect(1, .readable)
  let accepted = try ready(listener.accept())
  expectWouldBlock { () throws(IOError) in try accepted.stream.readOnce() }
  expectWouldBlock { () throws(IOError) in try listener.accept() }
  #expect(try listener.takePendingError() == nil)
  #expect(accepted.peerAddress == .unnamed)
  try client.writeFully([1, 2, 3])
  #expect(try accepted.stream.readFully(3) == [1, 2, 3])
  try inspect(accepted.stream, client)
}

/// Two datagram sockets bound to paths, neither connected nor registered.
struct UnixDatagrams: ~Copyable {
  var first: UnixDatagramSocket
  var second: UnixDatagramSocket

  init(in folder: borrowing TemporaryFolder) throws(IOError) {
    let first = try UnixDatagramSocket(bindingTo: folder.address("first"))
    let second = try UnixDatagramSocket(bindingTo: folder.address("second"))
    self.first = first
    self.second = second
  }
}

extension DatagramSocket where S == Selector {
  /// Receives once, and returns what came, or `nil` if that would block.
  func receiveOnce(upTo count: Int = 1024) throws(IOError) -> [UInt8]? {
    try receiveOnceFrom(upTo: count)?.bytes
  }

  /// Receives once, and returns what came and where from, or `nil` if that would block.
  func receiveOnceFrom(upTo count: Int = 1024) throws(IOError) -> ReceivedBytes<Address>? {
    try ReceiveForm.receive(self, atMost: count)
  }
}

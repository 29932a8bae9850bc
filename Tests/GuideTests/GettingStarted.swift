// The code of the article "Getting started", except the program, which is in `Tests/GettingStarted`.

import MetalIO

enum GettingStarted {
  /// Reads all bytes that have arrived, and appends the bytes to `input`.
  ///
  /// - Returns: Whether the peer may send more.
  func receive(from stream: borrowing TCPStream, appendingTo input: inout [UInt8]) throws(IOError) -> Bool {
    while let count = try stream.read(appendingTo: &input, atMost: 4096) {
      if count == 0 { return false }
    }
    return true
  }

  /// Writes as much of `output` as the socket takes, and keeps the rest for the next writable event.
  func send(_ output: inout [UInt8], on stream: borrowing TCPStream) throws(IOError) {
    while !output.isEmpty, let count = try stream.write(output.span) {
      output.removeFirst(count)
    }
  }

  func connect(to address: SocketAddress) throws(IOError) -> TCPStream {
    let stream = try TCPStream(connectingTo: address, options: [.keepAlive(true), .keepAliveIdle(.seconds(60))])
    try stream.setOption(.noDelay, to: true)
    return stream
  }

  /// Reads text such as `192.0.2.1:80` or `[2001:db8::1]:80`.
  ///
  /// For other text, the error reports the mistake and its position: "localhost:80" is not an address: the letter l at
  /// position 0 where a number is expected.
  func address(from text: String) throws(SocketAddress.ParseError) -> SocketAddress {
    try SocketAddress(parsing: text)
  }

  /// Returns the addresses of a host, in the order in which to try them.
  ///
  /// The call may block its thread for many seconds. Make the call on another thread.
  func addresses(of host: String) throws(ResolutionError) -> [SocketAddress] {
    try SocketAddress.resolve(host, service: "https")
  }
}

internal import MetalCore

/// A call that takes bytes out of a file: its request, and the file's answer beside the bytes.
struct Reception {
  /// The most bytes to copy.
  let limit: Int
  /// The bytes stay in the file.
  var isPeek = false
  /// The call is read(2), which pipes take as well.
  var isRead = false
  /// The source of the datagram; `nil` if there is none.
  var source: AnyEndpointAddress?
  /// Whether the datagram is longer than the limit.
  var isTruncated = false
}

/// A call that gives bytes to a file.
struct Transmission {
  /// The number of bytes in the call's buffers.
  let count: Int
  /// The call is write(2), which pipes take as well.
  var isWrite = false
  /// The address to send to; `nil` for the connected peer.
  var target: AnyEndpointAddress?
}

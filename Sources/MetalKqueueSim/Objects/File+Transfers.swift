internal import MetalCore

/// The arguments and the results of a call that takes bytes out of a file.
struct Reception {
  /// The most bytes to copy.
  let limit: Int
  /// Whether the bytes stay in the file.
  var isPeek = false
  /// Whether the call is read(2), which pipes also accept.
  var isRead = false
  /// The source address of the datagram; `nil` if there is none.
  var source: AnyEndpointAddress?
  /// Whether the datagram is longer than the limit.
  var isTruncated = false
}

/// The arguments of a call that gives bytes to a file.
struct Transmission {
  /// The number of bytes in the call's buffers.
  let count: Int
  /// Whether the call is write(2), which pipes also accept.
  var isWrite = false
  /// The address to send to; `nil` for the connected peer.
  var target: AnyEndpointAddress?
}

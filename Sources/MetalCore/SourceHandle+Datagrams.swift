// Moving datagrams: what UDP and Unix-domain datagram sockets share.

extension SourceHandle {
  @inlinable
  package func receive(
    into buffer: consuming MutableSpan<UInt8>, isPeek: Bool
  ) throws(IOError) -> ReceivedDatagram {
    var isTruncated = false
    let result = kernel.receiveDatagram(descriptor, into: buffer, isPeek: isPeek, isTruncated: &isTruncated)
    return ReceivedDatagram(count: try count(result, .readable), isTruncated: isTruncated)
  }

  @inlinable
  package func receiveIfReady(
    into buffer: consuming MutableSpan<UInt8>, isPeek: Bool
  ) throws(IOError) -> ReceivedDatagram? {
    var isTruncated = false
    let result = kernel.receiveDatagram(descriptor, into: buffer, isPeek: isPeek, isTruncated: &isTruncated)
    guard let count = try countIfReady(result, .readable) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated)
  }

  @inlinable
  package func receive<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagram {
    var isTruncated = false
    let result = kernel.receiveDatagram(descriptor, into: vector, isTruncated: &isTruncated)
    return ReceivedDatagram(count: try count(result, .readable), isTruncated: isTruncated)
  }

  @inlinable
  package func receiveIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagram? {
    var isTruncated = false
    let result = kernel.receiveDatagram(descriptor, into: vector, isTruncated: &isTruncated)
    guard let count = try countIfReady(result, .readable) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated)
  }

  @inlinable
  package func send(_ bytes: Span<UInt8>) throws(IOError) -> Int {
    try count(kernel.send(descriptor, bytes), .writable)
  }

  @inlinable
  package func sendIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    try countIfReady(kernel.send(descriptor, bytes), .writable)
  }

  @inlinable
  package func send<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int {
    try count(kernel.send(descriptor, vector), .writable)
  }

  @inlinable
  package func sendIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int? {
    try countIfReady(kernel.send(descriptor, vector), .writable)
  }
}

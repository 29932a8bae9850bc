/// What was received of a datagram, and where it came from.
@frozen
public struct ReceivedDatagram<Address: EndpointAddress>: Sendable, BitwiseCopyable {
  /// The number of bytes stored in the buffer; 0 for an empty datagram, which is not the end of anything.
  public let count: Int
  /// Whether the datagram was longer than the buffer, and the rest of it is lost.
  public let isTruncated: Bool
  /// The address of the socket that sent it.
  public let source: Address

  @inlinable
  init(count: Int, isTruncated: Bool, source: Address) {
    self.count = count
    self.isTruncated = isTruncated
    self.source = source
  }
}

extension ReceivedDatagram: Equatable {}

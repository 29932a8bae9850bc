/// What was received of a datagram.
@frozen
public struct ReceivedDatagram: Hashable, Sendable, BitwiseCopyable {
  /// The number of bytes stored in the buffer; 0 for an empty datagram, which is not the end of anything.
  public let count: Int
  /// Whether the datagram was longer than the buffer, and the rest of it is lost.
  public let isTruncated: Bool

  /// Makes the record of a datagram.
  @inlinable
  public init(count: Int, isTruncated: Bool) {
    self.count = count
    self.isTruncated = isTruncated
  }
}

/// What was received of a datagram, and where it came from.
@frozen
public struct ReceivedDatagramFrom<Address: Sendable>: Sendable {
  /// The number of bytes stored in the buffer; 0 for an empty datagram, which is not the end of anything.
  public let count: Int
  /// Whether the datagram was longer than the buffer, and the rest of it is lost.
  public let isTruncated: Bool
  /// The address of the socket that sent it.
  public let source: Address

  /// Makes the record of a datagram.
  @inlinable
  public init(count: Int, isTruncated: Bool, source: Address) {
    self.count = count
    self.isTruncated = isTruncated
    self.source = source
  }
}

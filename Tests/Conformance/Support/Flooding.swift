import MetalCore
import Testing

extension TCPStream where S == Selector {
  /// Reads whatever has arrived, and returns how many bytes that were; stops at would-block and at the end.
  @discardableResult
  func drain() throws(IOError) -> Int {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var total = 0
    while let moved = try readIfReady(into: buffer.mutableSpan), moved > 0 { total += moved }
    return total
  }

  /// Writes until the system takes nothing more, and returns how many bytes it took.
  @discardableResult
  func flood() throws(IOError) -> Int {
    let block = [UInt8](repeating: 0x5A, count: 65_536)
    var total = 0
    while let moved = try writeIfReady(block.span) { total += moved }
    return total
  }
}

extension Loop {
  /// Reads what `peer` receives until `token` is told that it is writable.
  mutating func expectWritable(
    _ token: Token, whileDraining peer: borrowing TCPStream, sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    for _ in 0..<200 {
      try peer.drain()
      let batch = try wait(.milliseconds(10))
      if batch.contains(where: { $0.token == token && $0.isWritable }) { return }
    }
    Issue.record("expected writable for token \(token.rawValue)", sourceLocation: sourceLocation)
  }
}

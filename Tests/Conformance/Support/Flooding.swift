import MetalCore
import Testing

extension ByteReader where Self: ~Copyable {
  /// Reads whatever has arrived, and returns how many bytes that were; stops at would-block and at the end.
  @discardableResult
  func drain() throws(IOError) -> Int {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var total = 0
    while let moved = try read(into: buffer.mutableSpan), moved > 0 { total += moved }
    return total
  }

  /// Reads once, and returns what came, or `nil` if that would block.
  func readOnce(upTo count: Int = 1024) throws(IOError) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    guard let moved = try read(into: buffer.mutableSpan) else { return nil }
    return Array(buffer[..<moved])
  }
}

extension ByteWriter where Self: ~Copyable {
  /// Writes until the system takes nothing more, and returns how many bytes it took.
  @discardableResult
  func flood() throws(IOError) -> Int {
    let block = [UInt8](repeating: 0x5A, count: 65_536)
    var total = 0
    while let moved = try write(block.span) { total += moved }
    return total
  }
}

extension Loop {
  /// Reads what `peer` receives until `token` is told that it is writable.
  mutating func expectWritable<R: ByteReader & ~Copyable>(
    _ token: Token, whileDraining peer: borrowing R, sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    try expectEach([token: .writable], polls: 200, timeout: .milliseconds(10), sourceLocation: sourceLocation) {
      () throws(IOError) in try peer.drain()
    }
  }
}

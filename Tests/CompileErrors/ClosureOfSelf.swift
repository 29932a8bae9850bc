// A closure may use the other properties of a struct while one of them is lent to it, but not the whole struct.

import MetalIO

struct Server: ~Copyable {
  var connections = Slab<TCPStream>()
  var buffer = InlineArray<4096, UInt8>(repeating: 0)
  var bytes = 0

  mutating func count(_ more: Int?) { bytes += more ?? 0 }

  mutating func serve(_ token: Token) throws(IOError) {
    // expected-error: overlapping accesses to 'self.connections', but modification requires exclusive access [#ExclusivityViolation]
    let read = try connections.update(token) { stream throws(IOError) in
      let read = try stream.read(into: buffer.mutableSpan)
      // expected-note: conflicting access is here
      count(read)
      // instead:
      return read
    }
    //
    // instead: if let read { count(read) }
    if read == 0 { connections.remove(token) }
  }
}

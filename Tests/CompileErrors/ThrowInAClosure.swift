// A closure's errors have the type that the closure names, and so have those of a `do` block in it.

import MetalIO

func write(_ bytes: [UInt8], to streams: inout Slab<TCPStream>, _ token: Token) throws(IOError) -> Int?? {
  // expected-error: thrown expression type 'any Error' cannot be converted to error type 'IOError'
  try streams.update(token) { stream in try stream.write(bytes.span) }
  // instead: try streams.update(token) { stream throws(IOError) in try stream.write(bytes.span) }
}

func check(_ descriptor: Int32) throws(IOError) {}

func check(_ stream: borrowing TCPStream) throws(IOError) {
  // expected-error: invalid conversion of thrown error type 'any Error' to 'IOError'
  _ = try stream.perform { descriptor in try check(descriptor) }
  // instead: _ = try stream.perform { descriptor throws(IOError) in try check(descriptor) }
}

func drain(_ token: Token, of streams: inout Slab<TCPStream>, by buffer: inout [UInt8]) throws(IOError) {
  let isOpen = try streams.update(token) { stream throws(IOError) in
    do {
      // instead: do throws(IOError) {
      while let count = try stream.read(into: buffer.mutableSpan) {
        if count == 0 { return false }
      }
      return true
    } catch .connectionReset {
      return false
      // expected-error: thrown expression type 'any Error' cannot be converted to error type 'IOError'
    }
  }
  if isOpen == false { streams.remove(token) }
}

func send(_ batches: [[UInt8]], on stream: borrowing TCPStream) throws(IOError) {
  // expected-error: thrown expression type 'any Error' cannot be converted to error type 'IOError'
  try batches.forEach { batch throws(IOError) in _ = try stream.write(batch.span) }
  // instead: for batch in batches { _ = try stream.write(batch.span) }
}

func connect(to host: String) throws(IOError) -> TCPStream? {
  do {
    let addresses = try SocketAddress.resolve(host, port: 80)
    return try TCPStream(connectingTo: addresses[0])
    // expected-error: ambiguous use of 'outOfMemory'
  } catch .outOfMemory {
    // instead: } catch IOError.Kind.outOfMemory {
    return nil
  } catch {
    return nil
  }
}

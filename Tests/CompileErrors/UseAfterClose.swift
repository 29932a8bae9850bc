// Closing consumes a source, and so does whatever else takes it over.

import MetalIO

func write(to address: SocketAddress) throws(IOError) {
  let stream = try TCPStream(connectingTo: address)  // expected-error: 'stream' used after consume
  try stream.close()  // expected-note: consumed here
  _ = try stream.write([1].span)  // expected-note: used here
  // instead:
}

func close(_ address: SocketAddress) throws(IOError) {
  let stream = try TCPStream(connectingTo: address)  // expected-error: 'stream' consumed more than once
  try stream.close()  // expected-note: consumed here
  try stream.close()  // expected-note: consumed again here
  // instead:
}

func register(
  _ stream: consuming TCPStream,  // expected-error: 'stream' used after consume
  in streams: inout Slab<TCPStream>, with registry: Registry
) throws(IOError) {
  let token = streams.insert(stream)  // expected-note: consumed here
  // instead: let token = streams.nextToken
  try registry.register(&stream, token: token, interests: .readable)  // expected-note: used here
}

// A pattern borrows what it matches, or consumes it if it binds a variable or unwraps a property.

import MetalIO

enum State: ~Copyable {
  case idle
  case open(TCPStream)

  mutating func close() throws(IOError) {
    switch self {
    // instead: switch consume self {
    case .idle: break
    // instead: case .idle: self = .idle
    case .open(let stream):  // expected-error: 'stream' is borrowed and cannot be consumed
      //
      // instead: self = .idle
      try stream.close()  // expected-note: consumed here
    }
  }

  // expected-error: missing reinitialization of inout parameter 'self' after consume
  mutating func register(with registry: Registry) {
    // expected-note: consumed here
    switch self {
    // instead: switch consume self {
    case .idle: break
    // instead: case .idle: self = .idle
    case .open(var stream):
      try? registry.register(&stream, token: 1, interests: .readable)
    //
    // instead: self = .open(stream)
    }
  }
}

struct Client: ~Copyable {
  var upstream: TCPStream?

  // expected-error: missing reinitialization of inout parameter 'self' after consume
  mutating func register(with registry: Registry) throws(IOError) {
    // expected-note: consumed here
    if var upstream {
      // instead: if upstream != nil {
      try registry.register(&upstream, token: 1, interests: .readable)
      // instead: try registry.register(&upstream!, token: 1, interests: .readable)
    }
  }
}

func add(
  _ stream: consuming TCPStream,  // expected-error: missing reinitialization of closure capture 'stream' after consume
  to streams: inout Slab<TCPStream>, with registry: Registry
) throws(IOError) {
  try streams.insert { token throws(IOError) in
    // instead: try registry.register(&stream, token: streams.nextToken, interests: .readable)
    try registry.register(&stream, token: token, interests: .readable)
    // instead: streams.insert(stream)
    return stream  // expected-note: consumed here
    // instead:
  }
  // instead:
}

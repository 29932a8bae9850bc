// In generic code, optional chaining in a loop consumes a result whose layout depends on the parameter.

import MetalIO

struct Acceptor<S: Selector>: ~Copyable {
  var listener: S.TCPListener?
  var streams = Slab<S.TCPStream>()

  mutating func accept() throws(IOError) {
    // expected-error: 'unknown' used after consume
    // expected-note: consumed here
    // expected-note: used here
    while let accepted = try listener?.accept() {
      // instead: while listener != nil, let accepted = try listener!.accept() {
      streams.insert(accepted.stream)
    }
  }
}

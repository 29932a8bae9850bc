// An initializer that throws between two assignments would have to destroy a half-made struct.

import MetalIO

struct Server: ~Copyable {
  var poll: Poll
  var listener: TCPListener

  // expected-error: conditional initialization or destruction of noncopyable types is not supported; this variable must be consistently in an initialized or uninitialized state through every code path
  init(bindingTo address: SocketAddress) throws(IOError) {
    poll = try Poll()
    // instead: let poll = try Poll()
    listener = try TCPListener(bindingTo: address)
    // instead: var listener = try TCPListener(bindingTo: address)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    //
    // instead: self.poll = poll
    //
    // instead: self.listener = listener
  }
}

// A source cannot be copied, so that there is never a second owner of its descriptor.

import MetalIO

func lend(_ stream: borrowing TCPStream) {  // expected-error: 'stream' is borrowed and cannot be consumed
  let copy = stream  // expected-note: consumed here
  // instead: let copy = stream.rawDescriptor
  _ = copy
}

// A vector lends its buffers to the call that it is passed to, and to nobody else.

import MetalIO

func firstCount(_ vector: borrowing IOVector) -> Int {
  // expected-error: value of type 'IOVector' has no subscripts
  vector[0].count
  // instead: vector.byteCount
}

// A vector borrows the spans that it holds, so it ends before what they are spans of.

import MetalIO

func write(
  _ queue: [[UInt8]], to stream: borrowing TCPStream, by storage: inout IOVectorStorage<16>
) throws(IOError) -> Int? {
  var vector = storage.makeVector()
  //
  // instead: let chunks = queue.span
  for index in queue.indices.prefix(16) {
    // expected-error: lifetime-dependent value escapes its scope
    // expected-note: it depends on the lifetime of this parent value
    // expected-note: this use of the lifetime-dependent value is out of scope
    vector.append(queue[index].span)
    // instead: vector.append(chunks[index].span)
  }
  return try stream.write(vector)
}

func flush(
  _ queue: inout [[UInt8]], to stream: borrowing TCPStream, by storage: inout IOVectorStorage<16>
) throws(IOError) {
  var vector = storage.makeVector()
  // instead: let count = try write(queue, to: stream, by: &storage)
  // expected-note: conflicting access is here
  let chunks = queue.span
  // instead:
  vector.append(chunks[0].span)
  // instead:
  let count = try stream.write(vector)
  // instead:
  // expected-error: overlapping accesses to 'queue', but modification requires exclusive access; consider copying to a local variable [#ExclusivityViolation]
  if count == queue[0].count { queue.removeFirst() }
}

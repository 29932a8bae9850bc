// A mutable span of an array has exclusive access to the struct that the array is a property of.

import MetalIO

struct Connection: ~Copyable {
  var stream: TCPStream
  var input: [UInt8] = []

  mutating func receive() throws(IOError) -> Int? {
    // expected-error: overlapping accesses to 'self', but modification requires exclusive access [#ExclusivityViolation]
    // expected-note: conflicting access is here
    try stream.read(into: input.mutableSpan)
    // instead: try stream.read(appendingTo: &input, atMost: 4096)
  }
}

struct Sender: ~Copyable {
  var stream: TCPStream
  var storage = IOVectorStorage<16>()
  var queue: [[UInt8]] = []

  mutating func send() throws(IOError) -> Int? {
    // expected-error: overlapping accesses to 'self.storage', but modification requires exclusive access [#ExclusivityViolation]
    var vector = storage.makeVector()
    // instead: try write(queue, to: stream, by: &storage)
    // expected-note: conflicting access is here
    let chunks = queue.span
    // instead:
    for index in chunks.indices.prefix(vector.capacity) { vector.append(chunks[index].span) }
    // instead:
    return try stream.write(vector)
    // instead:
  }
}

/// Writes the first chunks of a queue in one call.
func write(
  _ queue: [[UInt8]], to stream: borrowing TCPStream, by storage: inout IOVectorStorage<16>
) throws(IOError) -> Int? {
  var vector = storage.makeVector()
  let chunks = queue.span
  for index in chunks.indices.prefix(vector.capacity) { vector.append(chunks[index].span) }
  return try stream.write(vector)
}

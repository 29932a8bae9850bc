// Moving bytes over a connected stream socket: what TCP and Unix-domain streams share.

extension SourceHandle {
  @inlinable
  package func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int {
    let asked = buffer.count
    let result = kernel.receive(descriptor, into: buffer)
    return try streamCount(result, of: asked, .readable)
  }

  @inlinable
  package func readIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    let asked = buffer.count
    let result = kernel.receive(descriptor, into: buffer)
    return try streamCountIfReady(result, of: asked, .readable)
  }

  @inlinable
  package func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int {
    let asked = buffer.freeCapacity
    let result = kernel.receive(descriptor, appendingTo: &buffer)
    return try streamCount(result, of: asked, .readable)
  }

  @inlinable
  package func readIfReady(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    let asked = buffer.freeCapacity
    let result = kernel.receive(descriptor, appendingTo: &buffer)
    return try streamCountIfReady(result, of: asked, .readable)
  }

  @inlinable
  package func read<let capacity: Int>(into vector: consuming MutableIOVector<capacity>) throws(IOError)
    -> Int
  {
    let asked = vector.byteCount
    let result = kernel.receive(descriptor, into: vector)
    return try streamCount(result, of: asked, .readable)
  }

  @inlinable
  package func readIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int? {
    let asked = vector.byteCount
    let result = kernel.receive(descriptor, into: vector)
    return try streamCountIfReady(result, of: asked, .readable)
  }

  @inlinable
  package func peek(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int {
    try count(kernel.peek(descriptor, into: buffer), .readable)
  }

  @inlinable
  package func peekIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    try countIfReady(kernel.peek(descriptor, into: buffer), .readable)
  }

  @inlinable
  package func write(_ bytes: Span<UInt8>) throws(IOError) -> Int {
    try streamCount(kernel.send(descriptor, bytes), of: bytes.count, .writable)
  }

  @inlinable
  package func writeIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    try streamCountIfReady(kernel.send(descriptor, bytes), of: bytes.count, .writable)
  }

  @inlinable
  package func write<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int {
    try streamCount(kernel.send(descriptor, vector), of: vector.byteCount, .writable)
  }

  @inlinable
  package func writeIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int? {
    try streamCountIfReady(kernel.send(descriptor, vector), of: vector.byteCount, .writable)
  }
}

import Glibc
import MetalCore
import MetalSystem

/// Registers, reregisters and deregisters one descriptor.
func runChurn(_ options: Options) throws(IOError) {
  let poll = try Poll()
  var pair = try UnixStream.pair()
  try churn(poll.registry, &pair.first, rounds: options.rounds)
}

@inline(never)
private func churn(_ registry: Registry, _ reader: inout UnixStream, rounds: Int) throws(IOError) {
  let measuring = Measuring()
  for _ in 0..<rounds {
    try registry.register(&reader, token: 1, interests: .readable)
    try registry.reregister(&reader, token: 2, interests: .readable)
    try registry.deregister(&reader)
  }
  measuring.end(operations: rounds)
}

/// A pair of sockets, and many descriptors of the end that is read: one byte makes all of them ready.
private struct Crowd: ~Copyable {
  var poll: Poll
  let pair: Pair<UnixStream, UnixStream>
  var readers: Slab<UnixStream>

  /// Makes the descriptors, which nothing owns yet.
  static func descriptors(_ count: Int, of reader: borrowing UnixStream) -> [Int32] {
    (0..<count).map { _ in
      let descriptor = dup(reader.rawDescriptor)
      guard descriptor >= 0 else { fail("dup failed") }
      return descriptor
    }
  }

  /// Registers the descriptors as sources of their own.
  init(poll: consuming Poll, pair: consuming Pair<UnixStream, UnixStream>, descriptors: [Int32])
    throws(IOError)
  {
    readers = Slab(minimumCapacity: descriptors.count)
    for descriptor in descriptors {
      var reader = UnixStream(adopting: OwnedDescriptor(adopting: descriptor))
      try poll.registry.register(&reader, token: readers.nextToken, interests: .readable)
      readers.insert(reader)
    }
    self.poll = poll
    self.pair = pair
  }
}

/// Waits once for very many sources, and reads every event.
func runDispatch(_ options: Options) throws(IOError) {
  guard System.reportsEveryByte else { cannot("it reports a source again after an operation on it") }
  let pair = try UnixStream.pair()
  let descriptors = Crowd.descriptors(options.ready, of: pair.first)
  let crowd = try Crowd(poll: try Poll(), pair: pair, descriptors: descriptors)
  try dispatch(crowd, options)
}

@inline(never)
private func dispatch(_ crowd: consuming Crowd, _ options: Options) throws(IOError) {
  var poll = try Poll()
  swap(&poll, &crowd.poll)
  var events = Events(capacity: options.ready)
  var byte = InlineArray<1, UInt8>(repeating: 0)
  var readable = 0
  var sum: UInt = 0
  let measuring = Measuring()
  for _ in 0..<options.rounds {
    guard try crowd.pair.second.write(byte.span) == 1 else { fail("a byte was not written") }
    try poll.wait(into: &events)
    for event in events {
      if event.isReadable { readable &+= 1 }
      sum &+= event.token.rawValue
    }
    guard try crowd.pair.first.read(into: byte.mutableSpan) == 1 else { fail("a byte was lost") }
  }
  var expected: UInt = 0
  crowd.readers.forEach { token, _ in expected &+= token.rawValue }
  guard readable == options.rounds * options.ready, sum == expected &* UInt(options.rounds) else {
    fail("events were lost")
  }
  measuring.end(operations: readable)
}

/// What registered sources take of the process's memory.
func runFootprint(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let pair = try UnixStream.pair()
  let descriptors = Crowd.descriptors(options.registrations, of: pair.first)
  // The first reading of the figure takes memory itself.
  _ = residentBytes()
  let before = residentBytes()
  let crowd = try Crowd(poll: poll, pair: pair, descriptors: descriptors)
  let bytes = residentBytes() - before
  guard crowd.readers.count == options.registrations else { fail("sources were lost") }
  announce("operations=\(options.registrations) resident_bytes=\(bytes)")
}

import MetalCore
import MetalSystem

/// Where a ring's tokens come in, and where they go out to the next pair.
private struct Link: ~Copyable {
  let reader: UnixStream
  let next: UnixStream

  init(reader: consuming UnixStream, next: consuming UnixStream) {
    self.reader = reader
    self.next = next
  }

  /// Reads once and hands on what was read; returns how many tokens that were, `nil` if none.
  @inline(__always)
  borrowing func pass(_ buffer: inout InlineArray<64, UInt8>) throws(IOError) -> Int? {
    guard let count = try reader.read(into: buffer.mutableSpan) else { return nil }
    guard try next.write(buffer.span.extracting(..<count)) == count else { fail("a pair is full") }
    return count
  }
}

private struct Ring: ~Copyable {
  var poll: Poll
  var links = Slab<Link>()

  init(poll: consuming Poll) {
    self.poll = poll
  }

  /// Makes the pairs and registers the reading end of each.
  mutating func fill(pairs: Int) throws(IOError) {
    let first = try UnixStream.pair()
    var reader = first.first
    for _ in 1..<pairs {
      let pair = try UnixStream.pair()
      try add(reader, next: pair.second)
      reader = pair.first
    }
    try add(reader, next: first.second)
  }

  private mutating func add(_ reader: consuming UnixStream, next: consuming UnixStream) throws(IOError) {
    try poll.registry.register(&reader, token: links.nextToken, interests: .readable)
    links.insert(Link(reader: reader, next: next))
  }

  /// Puts tokens in, evenly spaced.
  mutating func start(tokens: Int) throws(IOError) {
    let byte = InlineArray<1, UInt8>(repeating: 0)
    let pairs = links.count
    var index = 0
    var started = 0
    try links.forEach { _, link throws(IOError) in
      while started < tokens, started * pairs / tokens == index {
        _ = try link.next.write(byte.span)
        started += 1
      }
      index += 1
    }
  }
}

/// Waits and passes tokens on until there were so many hops, and returns how many there were.
@inline(never)
private func pass(
  _ poll: inout Poll, _ links: borrowing Slab<Link>, hops wanted: Int, drains: Bool
) throws(IOError) -> Int {
  var events = Events(capacity: 256)
  var buffer = InlineArray<64, UInt8>(repeating: 0)
  var hops = 0
  while hops < wanted {
    try poll.wait(into: &events)
    for event in events {
      let passed = try links.withElement(event.token) { link throws(IOError) in
        var passed = 0
        while let count = try link.pass(&buffer) {
          passed += count
          if !drains { break }
        }
        return passed
      }
      hops += passed ?? 0
    }
  }
  return hops
}

/// Passes tokens around a ring of socket pairs.
func runRing(_ options: Options) throws(IOError) {
  var ring = Ring(poll: try Poll())
  try ring.fill(pairs: options.pairs)
  let measuring = Measuring()
  try ring.start(tokens: options.tokens)
  let hops = try pass(
    &ring.poll, ring.links, hops: options.rounds * options.tokens, drains: options.end == .wouldBlock)
  measuring.end(operations: hops)
}

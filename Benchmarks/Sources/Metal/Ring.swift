import Harness
import MetalCore

/// Where a ring's tokens come in, and where they go out to the next pair.
private struct Link: ~Copyable {
  let reader: UnixStream
  let next: UnixStream

  func send(_ bytes: Span<UInt8>) throws(IOError) {
    guard try next.write(bytes) == bytes.count else { fail("a pair is full") }
  }
}

/// Makes the pairs and registers the reading end of each.
private func makeLinks(_ pairs: Int, _ registry: Registry) throws(IOError) -> Slab<Link> {
  var links = Slab<Link>()
  let first = try UnixStream.pair()
  var reader = first.first
  for _ in 1..<pairs {
    let pair = try UnixStream.pair()
    try registry.register(&reader, token: links.nextToken, interests: .readable)
    links.insert(Link(reader: reader, next: pair.second))
    reader = pair.first
  }
  try registry.register(&reader, token: links.nextToken, interests: .readable)
  links.insert(Link(reader: reader, next: first.second))
  return links
}

/// Waits and reads tokens until there were so many hops, and returns how many there were.
@inline(never)
private func pass(
  _ poll: inout Poll, _ links: borrowing Slab<Link>, hops wanted: Int, drains: Bool, handsOn: Bool
) throws(IOError) -> Int {
  var events = Events(capacity: 256)
  var buffer = InlineArray<64, UInt8>(repeating: 0)
  var hops = 0
  while hops < wanted {
    try poll.wait(into: &events)
    while let event = events.popFirst() {
      try links.withElement(event.token) { link throws(IOError) in
        while let count = try link.reader.read(into: buffer.mutableSpan) {
          hops += count
          if handsOn { try link.send(buffer.span.extracting(..<count)) }
          if !drains { break }
        }
      }
    }
  }
  return hops
}

/// Passes tokens around a ring of socket pairs.
///
/// In the end every pair gets one more token, and every token must arrive: otherwise the program does not end.
func runRing(_ options: Options) throws(IOError) {
  var poll = try Poll()
  let links = try makeLinks(options.pairs, poll.registry)
  let token = InlineArray<1, UInt8>(repeating: 0)
  begin_measuring()
  // The tokens are evenly spaced.
  var (due, started) = (0, 0)
  try links.forEach { _, link throws(IOError) in
    due += options.tokens
    while started * options.pairs < due {
      try link.send(token.span)
      started += 1
    }
  }
  let drains = options.end == "would-block"
  let hops = try pass(&poll, links, hops: options.rounds * options.tokens, drains: drains, handsOn: true)
  end_measuring(UInt64(hops))
  try links.forEach { _, link throws(IOError) in try link.send(token.span) }
  _ = try pass(&poll, links, hops: options.tokens + options.pairs, drains: true, handsOn: false)
}

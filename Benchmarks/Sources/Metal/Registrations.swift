import Glibc
import Harness
import MetalCore
import MetalSystem
import Synchronization

/// Registers, reregisters and deregisters one descriptor.
func runChurn(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let registry = poll.registry
  var pair = try UnixStream.pair()
  try options.measureRounds { _ throws(IOError) in
    try registry.register(&pair.first, token: 1, interests: .readable)
    try registry.reregister(&pair.first, token: 2, interests: .readable)
    try registry.deregister(&pair.first)
  }
}

/// Registers, reregisters and deregisters a borrowed descriptor.
func runBorrowedChurn(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let pair = try UnixStream.pair()
  var source = BorrowedDescriptor(pair.first.rawDescriptor)
  try options.measureRounds { _ throws(IOError) in
    try poll.registry.register(&source, token: 1, interests: .readable)
    try poll.registry.reregister(&source, token: 2, interests: .readable)
    try poll.registry.deregister(&source)
  }
}

/// Deregisters, registers and reregisters one of many sources; each round another's, all over the table.
func runCrowdChurn(_ options: Options) throws(IOError) {
  // The poll is dropped before the sources. Otherwise each would leave its table, at a cost that depends on the rounds.
  var crowd = try Crowd(options.registrations)
  let poll = try Poll()
  let registry = poll.registry
  try crowd.register(with: registry, .readable)
  var tokens: [Token] = []
  crowd.readers.forEach { token, _ in tokens.append(token) }
  try options.measureRounds { round throws(IOError) in
    let token = tokens[round * 37 % tokens.count]
    try crowd.readers.update(token) { reader throws(IOError) in
      try registry.deregister(&reader)
      try registry.register(&reader, token: token, interests: .readable)
      try registry.reregister(&reader, token: token, interests: .readable)
    }
  }
}

/// Runs an operation of the program's own on a borrowed descriptor; it only counts its runs, which takes little.
func runPerform(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let pair = try UnixStream.pair()
  var source = BorrowedDescriptor(pair.first.rawDescriptor)
  try poll.registry.register(&source, token: 1, interests: .readable)
  let count = Atomic(0)
  begin_measuring()
  for _ in 0..<options.rounds {
    _ = try source.perform { _ throws(IOError) in count.add(1, ordering: .relaxed) }
  }
  end_measuring(UInt64(count.load(ordering: .relaxed)))
}

/// Polls without waiting, beside a source that is never ready.
func runPolls(_ options: Options) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 16)
  var pair = try UnixStream.pair()
  try poll.registry.register(&pair.first, token: 1, interests: .readable)
  begin_measuring()
  for _ in 0..<options.rounds {
    try poll.wait(into: &events, timeout: .zero)
    while let event = events.popFirst() { fail("nothing is ready, but for \(event)") }
  }
  end_measuring(UInt64(options.rounds))
}

/// What registered sources take of the process's memory; opening their descriptors takes none of it.
func runFootprint(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let before = resident_bytes()
  var crowd = try Crowd(options.registrations)
  try crowd.register(with: poll.registry, .readable)
  let bytes = resident_bytes() - before
  guard crowd.readers.count == options.registrations else { fail("sources were lost") }
  report_footprint(options.registrations, bytes)
}

/// Waits once for very many sources, and reads every event.
func runDispatch(_ options: Options) throws(IOError) {
  guard reportsEveryByte else { cannot("it reports a source again after an operation on it") }
  var poll = try Poll()
  var crowd = try Crowd(options.ready)
  try crowd.register(with: poll.registry, .readable)
  var expected: UInt = 0
  crowd.readers.forEach { token, _ in expected &+= token.rawValue }
  var events = Events(capacity: options.ready)
  var byte = InlineArray<1, UInt8>(repeating: 0)
  var readable = 0
  var sum: UInt = 0
  begin_measuring()
  for _ in 0..<options.rounds {
    guard try crowd.pair.second.write(byte.span) == 1 else { fail("a byte was not written") }
    try poll.wait(into: &events)
    while let event = events.popFirst() {
      if event.isReadable { readable &+= 1 }
      sum &+= event.token.rawValue
    }
    guard try crowd.pair.first.read(into: byte.mutableSpan) == 1 else { fail("a byte was lost") }
  }
  guard readable == options.rounds * options.ready, sum == expected &* UInt(options.rounds) else {
    fail("events were lost")
  }
  end_measuring(UInt64(readable))
}

/// Makes polls, and waits on each while another thread registers sources.
///
/// If there are more than a table has room for at first, it grows on the thread that registers. The thread that waits takes
/// the larger table over, and allocates nothing but the poll itself.
func runGrowth(_ options: Options) throws(IOError) {
  let registries = Mutex<Registry?>(nil)
  startThread {
    var crowd = try Crowd(options.ready)
    for _ in 0..<options.rounds { try crowd.register(with: awaitValue(in: registries), .writable) }
    // The sources stay open until the program ends.
    _ = awaitValue(in: registries)
  }
  var events = Events(capacity: options.ready)
  var poll = try Poll()
  try options.measureRounds { _ throws(IOError) in
    poll = try Poll()
    registries.withLock { $0 = poll.registry }
    var heard = 0
    while heard < options.ready {
      try poll.wait(into: &events, timeout: .seconds(5))
      guard !events.isEmpty else { fail("only \(heard) of a poll's sources were heard") }
      heard += events.count
    }
  }
}

/// A pair of sockets, and many descriptors of the end that is read: one byte makes all of them ready.
struct Crowd: ~Copyable {
  let pair: Pair<UnixStream, UnixStream>
  var readers = Slab<UnixStream>()

  init(_ count: Int) throws(IOError) {
    pair = try UnixStream.pair()
    readers.reserveCapacity(count)
    for _ in 0..<count {
      let descriptor = dup(pair.first.rawDescriptor)
      guard descriptor >= 0 else { fail("dup failed") }
      readers.insert(UnixStream(adopting: OwnedDescriptor(adopting: descriptor)))
    }
  }

  mutating func register(with registry: Registry, _ interests: Interests) throws(IOError) {
    try readers.updateEach { token, reader throws(IOError) in
      try registry.register(&reader, token: token, interests: interests)
    }
  }
}

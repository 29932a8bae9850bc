import MetalCore
import MetalSystem
import Testing

// An optimised build ends the life of a value after its last use, unless something makes its end strict. Each test
// keeps something registered in a variable that is only assigned, and never mentions it again before the event has
// come.

/// A pair of connected sockets, one of which is borrowed.
private struct Bell: ~Copyable {
  let reader: UDPSocket
  let writer: UDPSocket

  init() throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    reader = pair.first
    writer = pair.second
  }

  func ring() {
    recordingErrors { () throws(IOError) in _ = try writer.send([1].span) }
  }

  func register(_ source: inout BorrowedDescriptor, with loop: borrowing Loop) throws(IOError) {
    try loop.registry.register(&source, token: 1, interests: .readable)
  }

  func registered(with loop: borrowing Loop) throws(IOError) -> BorrowedDescriptor {
    var source = BorrowedDescriptor(reader.rawDescriptor)
    try register(&source, with: loop)
    return source
  }
}

private struct Timer: ~Copyable {
  var source: BorrowedDescriptor
  var period = 5
}

/// Polls a number of times, with an action before each poll, and returns the tokens of all events.
private func tokens(_ loop: inout Loop, _ action: (Int) throws(IOError) -> Void) throws(IOError) -> [Token] {
  var tokens: [Token] = []
  for turn in 0..<3 {
    try action(turn)
    tokens += try loop.wait(.milliseconds(30)).map(\.token)
  }
  return tokens
}

@Suite("FD: nothing that is registered ends early", .backend)
struct EarlyDropTests {
  @Test("FD-11 A borrowing source in a variable that is only assigned stays registered")
  func optional() throws(IOError) {
    var loop = try Loop()
    let bell = try Bell()
    var kept: BorrowedDescriptor? = nil
    var seen: [Token] = []
    for turn in 0..<3 {
      if turn == 0 { kept = .some(try bell.registered(with: loop)) }
      if turn == 1 { bell.ring() }
      seen += try loop.wait(.milliseconds(30)).map(\.token)
    }
    _ = kept == nil
    #expect(seen == [1])
  }

  @Test("FD-11 So does one inside a struct, which is only assigned")
  func optionalStruct() throws(IOError) {
    var loop = try Loop()
    let bell = try Bell()
    var kept: Timer? = nil
    var seen: [Token] = []
    for turn in 0..<3 {
      if turn == 0 { kept = .some(Timer(source: try bell.registered(with: loop))) }
      if turn == 1 { bell.ring() }
      seen += try loop.wait(.milliseconds(30)).map(\.token)
    }
    _ = kept == nil
    #expect(seen == [1])
  }

  @Test("FD-11 So does one that is moved into a struct and not used again")
  func moved() throws(IOError) {
    var loop = try Loop()
    let bell = try Bell()
    let timer = Timer(source: try bell.registered(with: loop))
    let seen = try tokens(&loop) { turn in if turn == 1 { bell.ring() } }
    _ = timer
    #expect(seen == [1])
  }

  @Test("FD-11 So does a local that is not used again, and a field of one")
  func local() throws(IOError) {
    var loop = try Loop()
    let bell = try Bell()
    var source = BorrowedDescriptor(bell.reader.rawDescriptor)
    try bell.register(&source, with: loop)
    let other = try Bell()
    var timer = Timer(source: BorrowedDescriptor(other.reader.rawDescriptor))
    try loop.registry.register(&timer.source, token: 2, interests: .readable)
    let seen = try tokens(&loop) { turn in
      if turn == 1 { bell.ring() }
      if turn == 2 { other.ring() }
    }
    #expect(seen == [1, 2])
  }

  @Test("FD-11 So does one in a slab")
  func slab() throws(IOError) {
    var loop = try Loop()
    let bell = try Bell()
    var slab = Slab<BorrowedDescriptor>()
    slab.insert(try bell.registered(with: loop))
    let seen = try tokens(&loop) { turn in if turn == 1 { bell.ring() } }
    #expect(seen == [1])
  }

  #if !METAL_WINDOWS
  @Test("FD-11 A pipe's end in a variable that is only assigned stays registered, and open")
  func owned() throws(IOError) {
    var loop = try Loop()
    var kept: PipeReader? = nil
    var writer: PipeWriter? = nil
    var seen: [Token] = []
    for turn in 0..<3 {
      if turn == 0 {
        let pipe = try PipeEnds()
        var reader = pipe.reader
        try loop.registry.register(&reader, token: 1, interests: .readable)
        kept = .some(reader)
        writer = .some(pipe.writer)
      }
      if turn == 1 { try writer?.writeFully([1]) }
      seen += try loop.wait(.milliseconds(30)).map(\.token)
    }
    _ = kept == nil
    _ = writer == nil
    #expect(seen == [1])
  }
  #endif

  @Test("FD-11 A poll in a variable that is only assigned keeps its selector")
  func poll() throws(IOError) {
    var selector: Selector?
    var kept: Poll? = nil
    for turn in 0..<3 {
      if turn == 0 {
        let poll = try Poll()
        selector = poll.registry.selector
        kept = .some(poll)
      }
      // Here and in the poll.
      let isShared = !isKnownUniquelyReferenced(&selector)
      #expect(isShared)
    }
    _ = kept == nil
  }

  @Test("FD-11 What is dropped on purpose ends at once")
  func dropped() throws(IOError) {
    var loop = try Loop()
    let bell = try Bell()
    var kept: BorrowedDescriptor? = nil
    var seen: [Token] = []
    for turn in 0..<3 {
      if turn == 0 { kept = .some(try bell.registered(with: loop)) }
      if turn == 1 {
        kept = nil
        bell.ring()
      }
      seen += try loop.wait(.milliseconds(30)).map(\.token)
    }
    _ = kept == nil
    #expect(seen == [])
  }

  @Test("FD-11 A borrowed descriptor keeps the selector that watches it until the source goes")
  func keepsSelector() throws(IOError) {
    let bell = try Bell()
    var selector: Selector?
    do {
      var source = BorrowedDescriptor(bell.reader.rawDescriptor)
      do {
        let loop = try Loop()
        selector = loop.registry.selector
        try bell.register(&source, with: loop)
      }
      let isShared = !isKnownUniquelyReferenced(&selector)
      #expect(isShared)
      #expect(source.rawDescriptor == bell.reader.rawDescriptor)
    }
    let isShared = !isKnownUniquelyReferenced(&selector)
    #expect(!isShared)
  }
}

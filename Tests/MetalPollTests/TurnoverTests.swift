import MetalCore
import Testing

@testable import MetalPoll

@Suite("PosixPollSelector: stress by sources that come and go", .backend)
struct TurnoverTests {
  @Test("No event has the token of a source that had gone before the poll began, and none is lost")
  func turnover() throws(IOError) {
    var loop = try Loop(capacity: 4)
    let registry = loop.registry
    let ledger = TurnoverLedger()
    let finished = try registry.makeWaker(token: .finished)
    try runThreads(TurnoverLedger.threadCount) { thread in
      recordingErrors { () throws(IOError) in
        for generation in 1...TurnoverLedger.generationCount {
          try ledger.live(thread, generation, with: registry)
        }
        ledger.finish()
        try finished.wake()
      }
    } _: { () throws(IOError) in
      var told = 0
      while !ledger.isFinished {
        let gone = ledger.gone
        let batch = try loop.wait(.seconds(10))
        #expect(!batch.isEmpty, "an event was lost")
        for event in batch where event.token != .finished {
          let (thread, generation) = TurnoverLedger.source(of: event.token)
          #expect(generation > gone[thread], "thread \(thread), source \(generation)")
          ledger.see(thread, generation)
          told += 1
        }
      }
      // Each thread waits for the events of a quarter of its sources.
      #expect(told >= TurnoverLedger.threadCount * TurnoverLedger.generationCount / 4)
    }
    // The last thread wakes after it has finished, so its event may still be to come.
    let last = try loop.wait(.zero)
    #expect(last.allSatisfy { $0.token == .finished })
    try loop.expectIdle()
  }
}

/// Which sources have come and gone, by thread; those of one thread are numbered from 1.
private final class TurnoverLedger: Sendable {
  static let threadCount = 3
  static let generationCount = 200

  private let ended = (0..<threadCount).map { _ in Number() }
  private let seen = (0..<threadCount).map { _ in Number() }
  private let finished = Number()

  static func token(_ thread: Int, _ generation: Int) -> Token {
    Token(rawValue: UInt(thread) << 16 | UInt(generation))
  }

  static func source(of token: Token) -> (thread: Int, generation: Int) {
    (Int(token.rawValue >> 16), Int(token.rawValue & 0xFFFF))
  }

  /// The last source of each thread that has gone.
  var gone: [Int] { ended.map(\.value) }

  var isFinished: Bool { finished.value == Self.threadCount }

  func finish() { finished.increment() }

  /// Takes notice of an event.
  func see(_ thread: Int, _ generation: Int) { seen[thread].value = generation }

  /// Makes a source that is ready, registers it and lets it go: closed, dropped or deregistered, after its event was
  /// seen or before.
  func live(_ thread: Int, _ generation: Int, with registry: Registry) throws(IOError) {
    let pair = try UnixStream.pair()
    var stream = pair.first
    let token = Self.token(thread, generation)
    if generation % 2 == 0 { try pair.second.writeFully([1]) }
    try registry.register(&stream, token: token, interests: .readable)
    if generation % 2 == 1 { try pair.second.writeFully([1]) }
    if generation % 4 < 2 {
      try registry.reregister(&stream, token: token, interests: [.readable, .writable])
    }
    if generation % 4 == 3 {
      spin("source \(generation) of thread \(thread) is not told") { seen[thread].value == generation }
    }
    switch generation % 3 {
    case 0: try registry.deregister(&stream)
    case 1: try stream.close()
    default: _ = consume stream
    }
    ended[thread].value = generation
  }
}

extension Token {
  fileprivate static let finished = Token(rawValue: .max)
}

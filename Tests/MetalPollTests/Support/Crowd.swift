import MetalCore
import Testing

@testable import MetalPoll

/// How a source that was told becomes ready again at once.
enum Rearming: CaseIterable {
  /// By registering it anew for what holds already.
  case reregistering
  /// By receiving one of several datagrams.
  case receivingAPart
}

/// Sources that are always ready, under consecutive tokens from 0.
struct Crowd: ~Copyable {
  private var sockets = Slab<UDPSocket>()
  private var slots: [Token] = []
  private let rearming: Rearming
  private let registry: Registry

  /// Makes sockets, each connected to itself, and registers them.
  init(_ count: Int, _ rearming: Rearming, with registry: Registry) throws(IOError) {
    self.rearming = rearming
    self.registry = registry
    for index in 0..<count {
      var socket = try UDPSocket(bindingTo: anyPort)
      try socket.connect(to: try socket.localAddress)
      // Two datagrams: when one is taken, another is there still.
      if rearming == .receivingAPart {
        for _ in 0..<2 { _ = try socket.send([1].span) }
      }
      try registry.register(&socket, token: Token(UInt(index)), interests: interests)
      slots.append(sockets.insert(socket))
    }
  }

  private var interests: Interests { rearming == .reregistering ? .writable : .readable }

  /// Makes the source of an event ready again.
  mutating func rearm(_ token: Token) throws(IOError) {
    let (rearming, registry, interests) = (rearming, registry, interests)
    try sockets.update(slots[Int(token.rawValue)]) { socket throws(IOError) in
      switch rearming {
      case .reregistering:
        try registry.reregister(&socket, token: token, interests: interests)
      case .receivingAPart:
        var buffer: [UInt8] = [0]
        #expect(try socket.receive(into: buffer.mutableSpan)?.count == 1)
        _ = try socket.send([1].span)
      }
    }
  }

  /// Takes a source out of the table and puts it back in, at another place.
  mutating func move(_ index: Int) throws(IOError) {
    let (registry, interests) = (registry, interests)
    try sockets.update(slots[index]) { socket throws(IOError) in
      try registry.deregister(&socket)
      try registry.register(&socket, token: Token(UInt(index)), interests: interests)
    }
  }
}

/// Who was told in which poll.
struct Turns {
  private(set) var polls = 0
  /// For each token, the poll in which it had its last turn.
  private var last: [Int]
  /// The most polls that anyone has had to wait for a turn.
  private(set) var longest = 0

  init(_ count: Int) {
    last = Array(repeating: 0, count: count)
  }

  /// Takes notice of what a poll has delivered.
  mutating func note(_ batch: [Event]) {
    polls += 1
    for event in batch {
      let index = Int(event.token.rawValue)
      longest = max(longest, polls - last[index])
      last[index] = polls
    }
  }

  /// The most polls that anyone has had to wait, or is still waiting.
  var longestWait: Int { max(longest, polls - (last.min() ?? 0)) }
}

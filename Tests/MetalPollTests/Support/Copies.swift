import CSystem
import MetalCore
import MetalSystem

@testable import MetalPoll

/// Many descriptors of one open file.
final class Copies: Sendable {
  let descriptors: [Int32]

  init(of descriptor: Int32, count: Int) throws(IOError) {
    descriptors = try (0..<count).map { _ throws(IOError) in try checked(system_duplicate(descriptor, 0)) }
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
  }
}

/// Sources that borrow copies of a descriptor, under consecutive tokens from 100.
struct Sources: ~Copyable, Sendable {
  private var slab = Slab<BorrowedDescriptor>()
  private var slots: [Token] = []

  /// Registers a source for each of the copies, the one with the largest number first.
  mutating func register(_ copies: Copies, with registry: Registry, interests: Interests) throws(IOError) {
    for descriptor in copies.descriptors.sorted(by: >) {
      var source = BorrowedDescriptor(descriptor)
      try registry.register(&source, token: Token(100 + UInt(slots.count)), interests: interests)
      slots.append(slab.insert(source))
    }
  }

  mutating func deregisterAll(from registry: Registry) throws(IOError) {
    for slot in slots {
      try slab.update(slot) { source throws(IOError) in try registry.deregister(&source) }
    }
  }

  var tokens: Set<Token> { Set(slots.indices.map { Token(100 + UInt($0)) }) }
}

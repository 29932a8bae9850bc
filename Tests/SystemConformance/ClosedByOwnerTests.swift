import Glibc
import MetalCore
import MetalSystem
import Testing

// Each test is a process of its own: numbers of closed descriptors are used again by whoever comes first.

@Suite("FD: a borrowed descriptor that its owner closes first", .backend)
struct ClosedByOwnerTests {
  @Test("FD-12 Reregistering it throws, and the registration is over")
  func reregisters() async {
    await #expect(processExitsWith: .success) {
      try withClosed { source, registry throws(IOError) in
        expectError(.badDescriptor) { () throws(IOError) in
          try registry.reregister(&source, token: 2, interests: .readable)
        }
        try expectUnregistered(&source, registry)
      }
    }
  }

  @Test("FD-12 Deregistering it succeeds, and the registration is over")
  func deregisters() async {
    await #expect(processExitsWith: .success) {
      try withClosed { source, registry throws(IOError) in
        try registry.deregister(&source)
        try expectUnregistered(&source, registry)
      }
    }
  }

  @Test("FD-12 The same holds when the number is another descriptor's")
  func reused() async {
    await #expect(processExitsWith: .success) {
      for isReregistered in [false, true] {
        try withReused { source, registry throws(IOError) in
          if isReregistered {
            // poll(2) cannot know that the number is another file's.
            do throws(IOError) {
              try registry.reregister(&source, token: 2, interests: .readable)
              try registry.deregister(&source)
            } catch {
              #expect(error.kind == .notFound)
            }
          } else {
            try registry.deregister(&source)
          }
          try registry.register(&source, token: 3, interests: .readable)
          try registry.deregister(&source)
        }
      }
    }
  }
}

private let number: Int32 = 601

/// Registers a borrowed descriptor, has its owner close it, and runs a body.
private func withClosed(
  _ body: (inout SourceDescriptor, Registry) throws(IOError) -> Void
) throws {
  let loop = try Loop()
  let registry = loop.registry
  // Not the lowest number, which the runtime might take at any time for a descriptor of its own.
  let lowest = try SystemCall.eventfd()
  try #require(dup2(lowest, number) == number)
  close(lowest)
  var source = SourceDescriptor(borrowing: number)
  try registry.register(&source, token: 1, interests: .readable)
  close(number)
  try body(&source, registry)
}

/// As ``withClosed(_:)``, but the number is that of a new descriptor when the body runs.
private func withReused(
  _ body: (inout SourceDescriptor, Registry) throws(IOError) -> Void
) throws {
  let next = OwnedDescriptor(adopting: try SystemCall.eventfd())
  try withClosed { source, registry throws(IOError) in
    guard dup2(next.rawDescriptor, number) == number else { throw IOError(.other, code: errno) }
    try body(&source, registry)
    close(number)
  }
}

/// Expects that a source of a closed descriptor counts as unregistered.
private func expectUnregistered(_ source: inout SourceDescriptor, _ registry: Registry) throws(IOError) {
  expectError(.notFound) { () throws(IOError) in
    try registry.reregister(&source, token: 3, interests: .readable)
  }
  expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
  expectError(.badDescriptor) { () throws(IOError) in
    try registry.register(&source, token: 3, interests: .readable)
  }
}

import CSystem
import MetalCore
import MetalSystem
import Testing

// Each test runs in its own process, because any thread may reuse the number of a closed descriptor.

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
      try withReused(by: try checked(system_eventfd())) { source, registry throws(IOError) in
        try registry.deregister(&source)
        try registry.register(&source, token: 3, interests: .readable)
        try registry.deregister(&source)
        try registry.register(&source, token: 3, interests: .readable)
      }
    }
  }

  @Test("FD-12 Reregistering it throws if the number is another descriptor's, where the system can tell")
  func reregistersReused() async {
    await #expect(processExitsWith: .success) {
      try withReused(by: try checked(system_eventfd())) { source, registry throws(IOError) in
        try reregisterReused(&source, registry, refusal: .notFound)
      }
    }
  }

  @Test("FD-12 The same holds if the number is that of a file which is always ready")
  func reregistersFile() async {
    await #expect(processExitsWith: .success) {
      // Safety: the path lives through the call.
      try withReused(by: checked(unsafe system_open("/dev/null", O_RDONLY))) { source, registry throws(IOError) in
        try reregisterReused(&source, registry, refusal: .permissionDenied)
      }
    }
  }
}

private let number: Int32 = 601

/// Registers a borrowed descriptor, has its owner close it, and runs a body.
private func withClosed(_ body: (inout BorrowedDescriptor, Registry) throws(IOError) -> Void) throws(IOError) {
  let loop = try Loop()
  let registry = loop.registry
  // Not the lowest number, which the runtime might take at any time for a descriptor of its own.
  let lowest = try checked(system_eventfd())
  try required(dup2(lowest, number) == number, "the number is taken")
  close(lowest)
  var source = BorrowedDescriptor(number)
  try registry.register(&source, token: 1, interests: .readable)
  close(number)
  try body(&source, registry)
}

/// As ``withClosed(_:)``, but the number is that of another descriptor, which this closes, when the body runs.
private func withReused(
  by other: Int32, _ body: (inout BorrowedDescriptor, Registry) throws(IOError) -> Void
) throws(IOError) {
  let next = OwnedDescriptor(adopting: other)
  try withClosed { source, registry throws(IOError) in
    try required(dup2(next.rawDescriptor, number) == number, "the number is taken")
    try body(&source, registry)
    close(number)
  }
}

/// Reregisters a source whose number is another descriptor's; poll(2) does not notice.
private func reregisterReused(
  _ source: inout BorrowedDescriptor, _ registry: Registry, refusal: IOError.Kind
) throws(IOError) {
  if Backend.noticesReusedNumbers {
    expectError(refusal) { () throws(IOError) in try registry.reregister(&source, token: 2, interests: .readable) }
  } else {
    try registry.reregister(&source, token: 2, interests: .readable)
    try registry.deregister(&source)
  }
  expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
}

/// Expects that a source of a closed descriptor counts as unregistered.
private func expectUnregistered(_ source: inout BorrowedDescriptor, _ registry: Registry) throws(IOError) {
  expectError(.notFound) { () throws(IOError) in try registry.reregister(&source, token: 3, interests: .readable) }
  expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
  expectError(.badDescriptor) { () throws(IOError) in try registry.register(&source, token: 3, interests: .readable) }
}

import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("REG: registration and descriptors", .backend)
struct RegistrationSystemTests {
  @Test("REG-12 A registration that the system refuses leaves the source unregistered")
  func keepsUnregisteredWhenRefused() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      let pair = try UnixStream.pair()
      let peer = pair.second
      // The descriptor goes behind the source's back, and nothing else may get its number meanwhile: hence a process of
      // its own, and a number that is not the lowest.
      let copy = pair.first.releaseDescriptor().release()
      let number = system_duplicate(copy, 500)
      #expect(number >= 500)
      var stream = UnixStream(adopting: OwnedDescriptor(adopting: number))
      close(number)
      expectError(.badDescriptor) { () throws(IOError) in
        try loop.registry.register(&stream, token: 1, interests: .readable)
      }
      #expect(dup2(copy, number) == number)
      close(copy)
      // The source is whole again, registered nowhere, and may be registered as if nothing had happened.
      expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&stream) }
      try peer.writeFully([1])
      try loop.expectQuiet()
      try loop.registry.register(&stream, token: 2, interests: .readable)
      let events = try loop.expect(2, .readable)
      #expect(events.allSatisfy { $0.token == 2 }, "\(events)")
    }
  }
}

import Glibc
import MetalCore
import MetalSystem
import Testing

@Suite("REG: registration and descriptors", .backend)
struct RegistrationSystemTests {
  @Test("REG-12 A registration that the system refuses leaves the source unregistered")
  func keepsUnregisteredWhenRefused() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      var ends = try Connected()
      // The descriptor goes behind the source's back, and its number must stay free: hence a process of its own.
      let number = ends.server.rawDescriptor
      let copy = dup(number)
      close(number)
      expectError(.badDescriptor) { () throws(IOError) in
        try loop.registry.register(&ends.server, token: 1, interests: .readable)
      }
      #expect(dup2(copy, number) == number)
      close(copy)
      // The source is whole again, registered nowhere, and may be registered as if nothing had happened.
      expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&ends.server) }
      try ends.client.writeFully([1])
      try loop.expectQuiet()
      try loop.registry.register(&ends.server, token: 2, interests: .readable)
      let events = try loop.expect(2, .readable)
      #expect(events.allSatisfy { $0.token == 2 }, "\(events)")
    }
  }
}

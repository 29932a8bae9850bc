#if !SimulatedTests
import Daytime
import Dispatch
import MetalIO
import Testing

/// The same program on the operating system, without the trait.
@Suite("The program on the operating system")
struct SystemTests {
  @Test("The short names are those of the system's kernel")
  func names() {
    let isSystem = DefaultSelector.K.self == SystemKernel.self
    #expect(isSystem)
  }

  @Test("A client fetches the line of a server on another thread")
  func fetches() async throws {
    let (lines, line) = AsyncStream.makeStream(of: Result<String, any Error>.self)
    try serve(port: 0, clients: 1) { address in
      DispatchQueue.global().async {
        line.yield(Result { try fetch(SocketAddress(IPv4Address.loopback, port: address.port), within: .seconds(60)) })
      }
    }
    let answer = try await lines.first { _ in true }?.get()
    #expect(answer?.hasPrefix("up for ") == true)
  }
}
#endif

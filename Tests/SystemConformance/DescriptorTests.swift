import MetalCore
import MetalSystem
import Testing

@Suite("TCP: descriptors", .backend)
struct DescriptorTests {
  @Test("TCP-35 A listener and a stream are no larger than two 32-bit words")
  func layout() {
    #expect(MemoryLayout<TCPListener>.size <= 8)
    #expect(MemoryLayout<TCPStream>.size <= 8)
  }
}

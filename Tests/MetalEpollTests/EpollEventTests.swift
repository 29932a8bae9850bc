#if arch(x86_64)
import MetalCore
import Testing

@Suite("EpollEvent on x86-64", .backend)
struct EpollEventTests {
  @Test("An event is the kernel's packed record of 12 bytes, and nothing else")
  func layout() {
    #expect(MemoryLayout<EpollEvent>.size == 12)
    #expect(MemoryLayout<EpollEvent>.stride == 12)
    #expect(MemoryLayout<EpollEvent>.alignment == 1)
  }
}
#endif

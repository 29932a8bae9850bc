import MetalCore
import Testing

@Suite("EpollEvent as the kernel lays it out", .backend)
struct EpollEventTests {
  @Test("An event is the kernel's record, packed on x86-64 alone, and nothing else")
  func layout() {
    #if arch(x86_64)
    let (size, alignment) = (12, 1)
    #elseif arch(i386)
    let (size, alignment) = (12, 4)
    #else
    let (size, alignment) = (16, 8)
    #endif
    #expect(MemoryLayout<EpollEvent>.size == size)
    #expect(MemoryLayout<EpollEvent>.stride == size)
    #expect(MemoryLayout<EpollEvent>.alignment == alignment)
  }
}

import MetalKqueue
import Testing

@Suite("Kqueue: the record's layout")
struct KernelEventLayoutTests {
  #if !hasFeature(Embedded)
  // Embedded Swift has no key paths.
  @Test("Fields lie where macOS and OpenBSD have them on 64-bit processors")
  func offsets() {
    #expect(MemoryLayout<KernelEvent>.offset(of: \.ident) == 0)
    #expect(MemoryLayout<KernelEvent>.offset(of: \.filter) == 8)
    #expect(MemoryLayout<KernelEvent>.offset(of: \.flags) == 10)
    #expect(MemoryLayout<KernelEvent>.offset(of: \.filterFlags) == 12)
    #expect(MemoryLayout<KernelEvent>.offset(of: \.data) == 16)
    #expect(MemoryLayout<KernelEvent>.offset(of: \.token) == 24)
    #expect(MemoryLayout<KernelEvent>.size == 32)
  }
  #endif

  @Test("Filters have the numbers of macOS and OpenBSD")
  func filters() {
    #expect(KernelEvent.Filter.read.rawValue == -1)
    #expect(KernelEvent.Filter.write.rawValue == -2)
    #expect(KernelEvent.Filter.user.rawValue == -10)
  }
}

import MetalKqueue
import Testing

@Suite("Kqueue: events")
struct KqueueEventTests {
  @Test("An event is no larger than the system's record, and a record as large as kevent(2) says")
  func size() {
    #expect(MemoryLayout<KqueueEvent>.size == MemoryLayout<KernelEvent>.size)
    // Three fields are words of the processor, and the others fill eight bytes.
    #expect(MemoryLayout<KernelEvent>.stride == 3 * MemoryLayout<Int>.size + 8)
  }
}

import MetalKqueue
import Testing

@Suite("Kqueue: events")
struct KqueueEventTests {
  @Test("An event is no larger than the system's record, and a record as large as kevent(2) says")
  func size() {
    #expect(MemoryLayout<KqueueEvent>.size == MemoryLayout<KernelEvent>.size)
    #expect(MemoryLayout<KernelEvent>.stride == 32)
  }
}

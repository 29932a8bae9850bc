#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

// All wakers of a selector share one completion, so any number of wakes takes the system's memory for one completion
// only.

extension RequestTable {
  /// Adds a waker to the list that the next wait reports, and ends that wait.
  ///
  /// Call this method once for each `set()` that returned `true`.
  mutating func wake(_ waker: WakeFlag) throws(IOError) {
    wakers.add(waker)
    do throws(IOError) {
      try postWake()
    } catch {
      // No event follows for this wake, so no later wake may rely on its flag.
      wakers.takeBack(waker)
      waker.clear()
      throw error
    }
  }

  /// Reports the woken wakers after the completion has come, as many as there is room for.
  ///
  /// If there is not enough room, the next wait posts the completion again.
  mutating func takeWoken(into batch: inout EventBatch) {
    isWakePosted = false
    var reported = 0
    while reported < wakers.count, batch.hasRoom {
      batch.append(AFDEvent(token: wakers.token(at: reported), conditions: .readable))
      reported += 1
    }
    wakers.removeFirst(reported)
  }

  /// Queues the completion, unless it is in the queue already or no waker is woken.
  mutating func postWake() throws(IOError) {
    guard !isWakePosted, !wakers.isEmpty else { return }
    try SystemKernel.check(metal_port_post(port, PortKey.wake, 0))
    isWakePosted = true
  }
}
#endif

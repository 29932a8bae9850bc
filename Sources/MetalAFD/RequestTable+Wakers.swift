#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

// All wakers of a selector share one completion, so any number of wakes takes the system's memory for one completion
// only.

extension RequestTable {
  /// Makes room for one more waker.
  mutating func addWaker() {
    wakerCount += 1
    if woken.capacity < wakerCount { woken.reserveCapacity(2 * wakerCount) }
  }

  /// Removes a waker and its pending wake.
  mutating func removeWaker(_ waker: WakeFlag) {
    wakerCount -= 1
    woken.removeAll { $0 === waker }
  }

  /// Adds a waker to the list that the next wait reports, and ends that wait.
  ///
  /// The flag of the waker must not have been set before.
  mutating func wake(_ waker: WakeFlag) throws(IOError) {
    woken.append(waker)
    do throws(IOError) {
      try postWake()
    } catch {
      // No event follows for this wake, so no later wake may rely on its flag.
      woken.removeLast()
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
    while reported < woken.count, batch.hasRoom {
      batch.append(AFDEvent(token: woken[reported].token, conditions: .readable))
      woken[reported].clear()
      reported += 1
    }
    woken.removeFirst(reported)
  }

  /// Queues the completion, unless it is in the queue already or no waker is woken.
  mutating func postWake() throws(IOError) {
    guard !isWakePosted, !woken.isEmpty else { return }
    try SystemKernel.check(metal_port_post(port, PortKey.wake, 0))
    isWakePosted = true
  }
}
#endif

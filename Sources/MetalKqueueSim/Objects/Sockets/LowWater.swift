internal import MetalKqueue

extension Knote {
  /// The number of bytes from which on there is something to read: one, or what the registration says (R4).
  ///
  /// On systems that keep it there, it is between one and the buffer's size.
  func readLowWater(most: Int) -> Int {
    guard filterFlags & KernelEvent.lowWaterMark != 0 else { return 1 }
    return queue.kernel.profile.queues.boundsLowWater ? min(max(data, 1), max(most, 1)) : data
  }

  /// The room from which on there is room to write: the socket's own mark, or what the registration says, on some
  /// systems between that mark and the buffer's size.
  func writeLowWater(_ usual: Int, most: Int) -> Int {
    guard filterFlags & KernelEvent.lowWaterMark != 0 else { return usual }
    return queue.kernel.profile.queues.boundsLowWater ? min(max(data, usual), max(most, usual)) : data
  }
}

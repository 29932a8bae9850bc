internal import MetalKqueue

extension Knote {
  /// The number of bytes from which on there is something to read: one, or what the registration says, up to the
  /// buffer's size (R4).
  func readLowWater(most: Int) -> Int {
    guard filterFlags & KernelEvent.lowWaterMark != 0 else { return 1 }
    return min(max(data, 1), max(most, 1))
  }

  /// The room from which on there is room to write: the socket's, or what the registration says.
  func writeLowWater(_ usual: Int) -> Int {
    filterFlags & KernelEvent.lowWaterMark != 0 ? max(data, 1) : usual
  }
}

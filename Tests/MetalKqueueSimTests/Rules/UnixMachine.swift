import MetalCore
import Testing

/// Runs a test on a machine of a profile, alone in a simulation of its own.
func onMachine(_ profile: KernelProfile = .macOS, _ body: (SimulatedKernel) throws(IOError) -> Void) throws(IOError) {
  let kernel = profile.machine()
  try kernel.machine.run { () throws(IOError) in try body(kernel) }
}

/// A path on the machine.
func unixPath(_ name: String = "/socket") throws(IOError) -> UnixAddress {
  try UnixAddress(pathname: name)
}

/// So many bytes, of which no two neighbours are alike.
func unixBytes(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 % 251) }
}

extension Loop {
  /// Polls without waiting, and returns the system's records in order: token, direction, number, and at the end of the
  /// direction the error number.
  mutating func news() throws(IOError) -> [String] {
    try wait(.zero).map { event in
      let record = event.rawRecord
      let end = record.flags.contains(.endOfFile) ? " end \(record.filterFlags)" : ""
      return "\(record.token) \(record.filter == .read ? "read" : "write") \(record.data)\(end)"
    }
  }
}

extension StreamSocket where S == Selector, Address == UnixAddress {
  /// Writes so many bytes, and returns how many were taken, or `nil` if that would block.
  func put(_ count: Int) throws(IOError) -> Int? {
    let bytes = unixBytes(count)
    return try write(bytes.span)
  }
}

extension DatagramSocket where S == Selector, Address == UnixAddress {
  /// Sends datagrams of a size until one is refused; returns how many were taken, and what refused the next.
  func fill(_ size: Int) -> (count: Int, refusal: IOError.Kind?) {
    let bytes = unixBytes(size)
    for count in 0..<10_000 {
      do throws(IOError) {
        guard try send(bytes.span) != nil else { return (count, .wouldBlock) }
      } catch {
        return (count, error.kind)
      }
    }
    return (10_000, nil)
  }
}

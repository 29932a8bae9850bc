import MetalCore
import Testing

/// The profiles under which the rules of Unix-domain sockets are tried.
let unixProfiles: [KernelProfile] = [.macOS, .freeBSD]

/// Runs a test on a machine of a profile, alone in a simulation of its own.
func onMachine(_ profile: KernelProfile = .macOS, _ body: (SimulatedKernel) throws -> Void) throws {
  let node = Simulation(seed: 1, profile: profile).node("machine")
  try node.run { try body(node) }
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

extension UnixStream where S == Selector {
  /// Writes so many bytes, and returns how many were taken, or `nil` if that would block.
  func put(_ count: Int) throws(IOError) -> Int? {
    let bytes = unixBytes(count)
    return try writeIfReady(bytes.span)
  }
}

extension UnixDatagram where S == Selector {
  /// Sends datagrams of a size until one is refused; returns how many were taken, and what refused the next.
  func fill(_ size: Int) -> (count: Int, refusal: IOError.Kind?) {
    let bytes = unixBytes(size)
    for count in 0..<10_000 {
      do throws(IOError) { _ = try send(bytes.span) } catch { return (count, error.kind) }
    }
    return (10_000, nil)
  }
}

extension Performing where Self: ~Copyable {
  /// Sets an option of a socket.
  func set(_ option: SocketOption, _ value: Int) throws(IOError) {
    try perform { descriptor throws(IOError) in
      try SimulatedKernel.current.setOption(option, of: descriptor, to: value)
    }
  }

  /// Returns an option of a socket.
  func get(_ option: SocketOption) throws(IOError) -> Int {
    try perform { descriptor throws(IOError) in
      try SimulatedKernel.current.option(option, of: descriptor)
    }
  }
}

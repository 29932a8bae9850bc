extension Simulation {
  /// The origin of the buffer sizes, latencies and port range that a test does not set.
  public enum Defaults: Hashable, Sendable {
    /// The profile decides the sizes and the ports, and all latencies are zero.
    case fixed
    /// The seed decides sizes, ports and latencies, within the limits of real systems.
    ///
    /// The drawn buffer sizes and the drawn port range replace the values of the profile. Each pair of machines, and
    /// each machine's loopback interface, gets a latency. One in four latencies is zero. The other latencies are at
    /// most 50 µs within a machine, and from 10 µs to 164 ms between two machines. ``Simulation/setLatency(_:_:to:)``
    /// and socket options override the drawn values. ``Simulation/profile`` shows the drawn sizes and ports.
    ///
    /// A program that depends on one size, or on one order of events, fails with some seed. So use several seeds.
    case drawn
  }
}

extension KernelProfile {
  /// Returns the profile with buffer sizes and a port range that a seed decides.
  ///
  /// The limits are the sizes that real systems give a socket by default or under memory pressure.
  func drawingDefaults(_ seed: UInt64) -> KernelProfile {
    func size(_ label: String, from smallest: Int, octaves: UInt64) -> Int {
      var stream = RandomStream(seed: seed, label: "defaults.\(label)")
      return stream.nextSize(from: smallest, octaves: octaves)
    }
    var profile = self
    profile.tcp.sendBuffer = size("tcp.sendBuffer", from: 4_096, octaves: 9)
    profile.tcp.receiveBuffer = size("tcp.receiveBuffer", from: 4_096, octaves: 9)
    profile.udp.sendBuffer = min(size("udp.sendBuffer", from: 9_216, octaves: 3), 65_535)
    // A buffer that is smaller than the largest datagram would lose each datagram of the largest size.
    profile.udp.receiveBuffer = max(
      size("udp.receiveBuffer", from: 32_768, octaves: 5), profile.udp.sendBuffer + 1_024)
    profile.unix.streamBuffer = size("unix.streamBuffer", from: 4_096, octaves: 6)
    profile.unix.datagramSendBuffer = size("unix.datagramSendBuffer", from: 2_048, octaves: 5)
    profile.unix.datagramReceiveBuffer = max(
      size("unix.datagramReceiveBuffer", from: 4_096, octaves: 6), profile.unix.datagramSendBuffer + 1_024)
    var stream = RandomStream(seed: seed, label: "defaults.pipes.buffer")
    profile.pipes.buffer = 4_096 << Int(stream.next(below: 5))
    // The ranges of macOS, FreeBSD and Linux.
    let ranges: [ClosedRange<UInt16>] = [49_152...65_535, 10_000...65_535, 32_768...60_999]
    stream = RandomStream(seed: seed, label: "defaults.ports.ephemeral")
    profile.ports.ephemeral = ranges[Int(stream.next(below: 3))]
    return profile
  }
}

extension Network {
  /// Returns the latency between two machines, or of one machine's loopback interface, in nanoseconds.
  static func drawnLatency(_ first: Int, _ second: Int, _ seed: UInt64) -> Int64 {
    var stream = RandomStream(seed: seed, label: "defaults.latency.\(min(first, second)).\(max(first, second))")
    if stream.next(below: 4) == 0 { return 0 }
    if first == second { return Int64(stream.next(below: 50_000)) + 1 }
    return Int64(stream.nextSize(from: 10_000, octaves: 14))
  }
}

extension RandomStream {
  /// Draws a number of random magnitude: each doubling of the smallest number is equally likely.
  fileprivate mutating func nextSize(from smallest: Int, octaves: UInt64) -> Int {
    let base = smallest << Int(next(below: octaves))
    return base + Int(next(below: UInt64(base)))
  }
}

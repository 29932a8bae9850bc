extension Simulation {
  /// The origin of what a test leaves open: sizes of buffers, latencies, and the range of ports.
  public enum Defaults: Hashable, Sendable {
    /// The sizes and ports are those of the profile, and packets take no time.
    case fixed
    /// Everything is drawn from the seed, within what systems do.
    ///
    /// The sizes of all buffers and the range of ports replace those of the profile. Each pair of machines, and each
    /// machine's loopback, gets a latency: a quarter of them zero, and the others up to 50 µs within a machine, and from
    /// 10 µs to 164 ms between two. ``Simulation/setLatency(_:_:to:)`` and socket options override what was drawn, and
    /// ``Simulation/profile`` shows it.
    ///
    /// A program that happens to work with one size or order of events fails with some seed. Run a test with several.
    case drawn
  }
}

extension KernelProfile {
  /// The profile with sizes of buffers and a range of ports that a seed decides.
  ///
  /// The smallest and the largest sizes are those that systems give a socket by default or under pressure.
  func drawingDefaults(_ seed: UInt64) -> KernelProfile {
    func size(_ label: String, from smallest: Int, octaves: UInt64) -> Int {
      var stream = RandomStream(seed: seed, label: "defaults.\(label)")
      return stream.nextSize(from: smallest, octaves: octaves)
    }
    var profile = self
    profile.tcp.sendBuffer = size("tcp.sendBuffer", from: 4_096, octaves: 9)
    profile.tcp.receiveBuffer = size("tcp.receiveBuffer", from: 4_096, octaves: 9)
    profile.udp.sendBuffer = min(size("udp.sendBuffer", from: 9_216, octaves: 3), 65_535)
    // A buffer that does not hold the largest datagram would lose it always.
    profile.udp.receiveBuffer = max(
      size("udp.receiveBuffer", from: 32_768, octaves: 5), profile.udp.sendBuffer + 1_024)
    profile.unix.streamBuffer = size("unix.streamBuffer", from: 4_096, octaves: 6)
    profile.unix.datagramSendBuffer = size("unix.datagramSendBuffer", from: 2_048, octaves: 5)
    profile.unix.datagramReceiveBuffer = max(
      size("unix.datagramReceiveBuffer", from: 4_096, octaves: 6), profile.unix.datagramSendBuffer + 1_024)
    var stream = RandomStream(seed: seed, label: "defaults.pipes.buffer")
    profile.pipes.buffer = 4_096 << Int(stream.next(below: 5))
    // Those of macOS, FreeBSD and Linux.
    let ranges: [ClosedRange<UInt16>] = [49_152...65_535, 10_000...65_535, 32_768...60_999]
    stream = RandomStream(seed: seed, label: "defaults.ports.ephemeral")
    profile.ports.ephemeral = ranges[Int(stream.next(below: 3))]
    return profile
  }
}

extension Network {
  /// The latency of two machines, or of one machine's loopback, that a seed decides; in nanoseconds.
  static func drawnLatency(_ first: Int, _ second: Int, _ seed: UInt64) -> Int64 {
    var stream = RandomStream(seed: seed, label: "defaults.latency.\(min(first, second)).\(max(first, second))")
    if stream.next(below: 4) == 0 { return 0 }
    if first == second { return Int64(stream.next(below: 50_000)) + 1 }
    return Int64(stream.nextSize(from: 10_000, octaves: 14))
  }
}

extension RandomStream {
  /// Draws a number whose magnitude is even: each doubling of the smallest one is as likely as any other.
  fileprivate mutating func nextSize(from smallest: Int, octaves: UInt64) -> Int {
    let base = smallest << Int(next(below: octaves))
    return base + Int(next(below: UInt64(base)))
  }
}

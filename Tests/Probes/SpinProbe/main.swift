// spin-probe [--spinning MICROSECONDS] [--rounds N] [--runs N] [--pin]: what spinning gains, and what it costs.
//
// Two threads, each with a poll of its own, play ping-pong: over a pair of Unix-domain streams, over TCP on the loopback
// interface, and by waking each other. Each game is played without spinning and with it, in turns, and of the runs of
// each the fastest and the one with the median time are printed: round trips per second, the time of one, and the
// processor time of one, of both threads together. The fastest tells of a machine that has nothing else to do, the
// median of the one at hand. With --pin, one thread is kept on processor 0 and the other on processor 1; without, the
// system places them as it likes, which may be both on one. These are times, of one machine in one mood: nothing is gated on them.

import ExampleSupport
import MetalIO
import ProbeSupport
import ThreadPlacement

/// What a game took.
struct Figures {
  var rounds: Int
  var wall: Int
  var processor: Int

  var line: String {
    let perSecond = rounds * 1_000_000_000 / max(wall, 1)
    return
      "\(perSecond) round trips/s, \(wall / rounds) ns each, \(processor / rounds) ns of processor time each"
  }
}

/// Plays a game a number of times each way, in turns, and prints the fastest and the median.
func compare(
  _ name: String, _ spinning: Duration, runs: Int, _ play: (Duration) throws(IOError) -> Figures
) throws(IOError) {
  var without: [Figures] = []
  var with: [Figures] = []
  for _ in 0..<runs {
    without.append(try play(.zero))
    with.append(try play(spinning))
  }
  for (label, figures) in [("sleeping", without), ("spinning", with)] {
    let sorted = figures.sorted { $0.wall < $1.wall }
    announce("\(name), \(label), fastest: \(sorted[0].line)")
    announce("\(name), \(label), median: \(sorted[runs / 2].line)")
  }
}

/// Keeps the calling thread on a processor, if the program is to.
func place(onProcessor number: Int32) {
  guard CommandLine.arguments.contains("--pin") else { return }
  guard keep_thread_on(number) else { fail("spin-probe: a thread cannot be kept on processor \(number)") }
}

func run() throws(IOError) {
  place(onProcessor: 0)
  let spinning = Duration.microseconds(argument("--spinning", default: 50))
  let rounds = max(argument("--rounds", default: 5_000), 1)
  let runs = max(argument("--runs", default: 21), 1)
  try compare("Unix-domain streams", spinning, runs: runs) { spinning throws(IOError) in
    let pair = try UnixStream.pair()
    return try playOverStreams(pair.first, pair.second, rounds, spinning)
  }
  try compare("TCP", spinning, runs: runs) { spinning throws(IOError) in
    let listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    let client = try TCPStream(connectingTo: try listener.localAddress)
    var poll = try Poll()
    var events = Events(capacity: 1)
    var waiting = listener
    try poll.registry.register(&waiting, token: 0, interests: .readable)
    try poll.wait(into: &events)
    guard let accepted = try waiting.accept() else { fail("spin-probe: nobody has connected") }
    let server = accepted.stream
    try client.setOption(.noDelay, to: true)
    try server.setOption(.noDelay, to: true)
    return try playOverStreams(client, server, rounds, spinning)
  }
  try compare("wakes", spinning, runs: runs) { spinning throws(IOError) in try playByWaking(rounds, spinning) }
}

do throws(IOError) {
  try run()
} catch {
  fail("spin-probe: \(error)")
}

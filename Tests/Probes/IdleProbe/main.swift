// idle-probe [--idle N] [--active A] [--rounds R]: traffic on a few connections beside many that say nothing.
//
// A active connections, both ends in this process, exchange R rounds of messages, while N idle ones are registered
// with the same poll; a process of its own holds the other ends of those, so that each takes one descriptor here. The
// probe fails if a message is lost, or an idle connection is reported. In the end the idle ones speak, all at once,
// and each of them has to be heard. If the limit on descriptors does not allow for N, there are fewer.
//
// It prints one line of figures. The rounds run in a function of their own, `exchangeRounds`, so that
// Scripts/check-idle.sh can count the instructions in it alone.

import ExampleSupport
import MetalIO
import ProbeSupport

func run() throws(IOError) {
  let limit = raiseDescriptorLimit()
  if CommandLine.arguments.contains("--hold") {
    let port = UInt16(argument("--hold", default: 0))
    return try hold(argument("--count", default: 0), connectionsTo: port)
  }
  let active = argument("--active", default: 100)
  let rounds = argument("--rounds", default: 100)
  // Some are left for the listener, the poll, and what the runtime or a tool has open.
  let idle = min(argument("--idle", default: 10_000), limit - 2 * active - 64)
  guard idle >= 0, active > 0 else { fail("idle-probe: \(limit) descriptors are too few") }

  var bench = try IdleBench()
  try bench.addActive(active)
  try bench.addIdle(idle)
  try bench.exchangeRounds(1)
  let begin = ContinuousClock.now
  try bench.exchangeRounds(rounds)
  let time = ContinuousClock.now - begin
  try bench.hearIdle()
  let events = 2 * active * rounds
  let nanoseconds = Int(time / .nanoseconds(1)) / max(events, 1)
  announce("\(idle) idle, \(active) active, \(events) events, \(nanoseconds) ns per event")
}

do throws(IOError) {
  try run()
} catch {
  fail("idle-probe: \(error)")
}

// allocation-probe [--allocate]: counts the heap allocations of 10,000 turns of each thing an event loop does.
//
// It must be built for release, without the testing library, which allocates on every throw. It exits with 0 if
// nothing was allocated. With --allocate each turn allocates on purpose, and it exits with 0 if every single count
// notices, which shows that the check can fail. Otherwise it exits with 1.

import AllocationCounter
import ExampleSupport
import MetalIO

func countTCP(_ report: inout Report) throws(IOError) {
  var bench = try TCPBench()
  let waker = try bench.poll.registry.makeWaker(token: 9)
  try report.count("TCP: poll, read, write") { () throws(IOError) in try bench.echo() }
  try report.count("TCP: peek, vectored write, read to would-block") { () throws(IOError) in try bench.drain() }
  try report.count("TCP: vectored read and write") { () throws(IOError) in try bench.scatter() }
  try report.count("TCP: connect, accept, close") { () throws(IOError) in try bench.connect() }
  try report.count("deregister, register, reregister") { () throws(IOError) in try bench.churn() }
  try report.count("registering twice, and what is not registered") { () throws(IOError) in try bench.misregister() }
  try report.count("wake, poll, time out") { () throws(IOError) in try bench.wake(waker) }
}

func countUDP(_ report: inout Report) throws(IOError) {
  var bench = try DatagramBench<SocketAddress>()
  try report.count("UDP: send, poll, receive") { () throws(IOError) in try bench.exchange() }
  try report.count("UDP: send to an address, receive from one") { () throws(IOError) in try bench.exchangeAddressed() }
  try report.count("UDP: vectored, with and without addresses") { () throws(IOError) in try bench.scatter() }
  try report.count("UDP: peek, cut off, would block") { () throws(IOError) in try bench.fail() }
  try report.count("UDP: bind, connect, register, close") { () throws(IOError) in try bench.open() }
}

func countUnix(_ report: inout Report) throws(IOError) {
  var streams = try UnixStreamBench()
  try report.count("Unix stream: echo") { () throws(IOError) in try streams.echo() }
  try report.count("Unix stream: vectored read and write") { () throws(IOError) in try streams.scatter() }
  try report.count("Unix stream: peek, would block, broken pipe") { () throws(IOError) in try streams.fail() }
  try report.count("Unix stream: listen, connect, accept, close") { () throws(IOError) in try streams.connect() }
  var datagrams = try DatagramBench<UnixAddress>()
  try report.count("Unix datagram: send, poll, receive") { () throws(IOError) in try datagrams.exchange() }
  try report.count("Unix datagram: send to an address, receive from one") { () throws(IOError) in
    try datagrams.exchangeAddressed()
  }
  try report.count("Unix datagram: vectored, would block, refused") { () throws(IOError) in
    try datagrams.scatter()
    try datagrams.fail()
    try datagrams.refuse()
  }
}

func countPipes(_ report: inout Report) throws(IOError) {
  var bench = try PipeBench()
  try report.count("pipe: write, poll, read") { () throws(IOError) in try bench.exchange() }
  try report.count("pipe: vectored write and read") { () throws(IOError) in try bench.scatter() }
  try report.count("pipe: full and empty would block") { () throws(IOError) in try bench.fill() }
  try report.count("pipe: open, register, broken pipe, end") { () throws(IOError) in try bench.fail() }
}

func countCrowd(_ report: inout Report) throws(IOError) {
  var bench = try CrowdBench()
  try report.count("a hundred sources: register, poll, deregister") { () throws(IOError) in
    try bench.enter()
    try bench.tell()
    try bench.leave()
  }
}

func countGrowth(_ report: inout Report) throws(IOError) {
  var bench = try GrowthBench()
  try report.count(
    "polling while another thread registers a hundred", after: { () throws(IOError) in try bench.renew() }
  ) { () throws(IOError) in try bench.tellAll() }
  bench.end()
}

guard allocation_counter_is_active() else { fail("allocation-probe: allocations are not counted here") }
var report = Report(allocatesOnPurpose: CommandLine.arguments.contains("--allocate"))
do throws(IOError) {
  try countTCP(&report)
  try countUDP(&report)
  try countUnix(&report)
  try countPipes(&report)
  try countCrowd(&report)
  try countGrowth(&report)
} catch {
  fail("allocation-probe: \(error)")
}
if report.allocatesOnPurpose {
  guard report.clean == 0 else { fail("allocation-probe: \(report.clean) counts missed an allocation") }
} else {
  guard report.unclean == 0 else { fail("allocation-probe: something was allocated") }
}
announce("\(report.clean + report.unclean) things of \(turns) turns each")

import MetalCore
import MetalSystem

/// Does each thing that an event loop does, with every kind of source; none of them may allocate.
///
/// An operation is one turn of all of them.
func runThings(_ options: Options) throws(IOError) {
  // Abstract, so that they leave no file behind.
  let name = "metal-benchmark-\(UInt64.random(in: .min ... .max))"
  let names = (
    try UnixAddress(abstractName: name + "-0"), try UnixAddress(abstractName: name + "-1"),
    try UnixAddress(abstractName: name + "-2")
  )
  var sources = try EachSource(on: .current, names: names)
  let waker = try sources.poll.registry.makeWaker(token: 0)
  var crowd = try Crowd(100)
  try options.measureRounds { _ throws(IOError) in
    try sources.useAll()
    let datagrams = try UnixDatagramSocket.pair()
    try sources.fill(datagrams.first, datagrams.second, thenThrows: .connectionRefused)
    // More sources than a table has room for at first, a wake, and nothing.
    let registry = sources.poll.registry
    try crowd.register(with: registry, .writable)
    try sources.wait()
    require(sources.events.count == 100)
    try crowd.readers.updateEach { _, source throws(IOError) in try registry.deregister(&source) }
    try waker.wake()
    try sources.wait()
    try sources.poll.wait(into: &sources.events, timeout: .zero)
    try sources.poll.wait(into: &sources.events, timeout: .microseconds(1))
    require(sources.events.isEmpty)
  }
}

// Uses every public generic of MetalCore on the simulated kernel.
//
// The compiler checks the body of a generic only where a program instantiates it. So compiling this program for bare
// metal checks the library, and on Linux the program runs as well. Sources, polls and clocks get their kernel by `on:`.

public import MetalCore
internal import MetalKqueue
internal import MetalKqueueSim
internal import MetalSimulation

/// What EachSource.swift uses sources of.
typealias BenchmarkSelector = KqueueSimSelector

@main
struct Main {
  static func main() {
    do throws(IOError) {
      let first = try run(like: .macOS)
      require(first.firstDifference(from: try run(like: .macOS)) == nil)
      _ = try run(like: .freeBSD)
      require(!(first.jsonLines.isEmpty || first.lanes().isEmpty || first.mermaid().isEmpty))
      print("every generic ran on the simulated kernel as Embedded Swift, digest \(first.digest)")
    } catch {
      print("simulated: \(error.description)")
      fatalError("The simulated kernel refuses an operation.")
    }
  }
}

func fail(_ message: String) -> Never {
  print(message)
  fatalError()
}

/// Instantiates the default kernel of sources and polls; nothing calls it, because Embedded Swift cannot bind one.
public func useBoundKernel() throws(IOError) { _ = try KqueueSimSelector.Poll() }

/// Uses everything in a new simulation, and returns its trace.
func run(like profile: KernelProfile) throws(IOError) -> Trace {
  let simulation = Simulation(seed: 1, profile: profile, keeping: .all)
  let machines = (simulation.machine("near"), simulation.machine("far"))
  let (near, far) = (machines.0.kernel, machines.1.kernel)
  near.descriptorLimit = near.descriptorCount + 100
  try usePoll(simulation, near, far)
  let names = (try UnixAddress(pathname: "/0"), try UnixAddress(pathname: "/1"), try UnixAddress(pathname: "/2"))
  var sources = try EachSource(on: near, names: names)
  try sources.useAll()
  _ = consume sources
  useSlab()
  // Each `deinit` has closed its descriptor.
  require(near.descriptorCount + far.descriptorCount == 0)
  return simulation.trace
}

/// Waits in each way, on a machine to which another connects.
func usePoll(_ simulation: Simulation, _ near: SimulatedKernel, _ far: SimulatedKernel) throws(IOError) {
  simulation.setLatency(near.machine, far.machine, to: .milliseconds(1))
  var poll = try KqueueSimSelector.Poll(on: far)
  var events = KqueueSimSelector.Events(capacity: 4)
  let waker = try poll.registry.makeWaker(token: 1)
  try waker.wake()
  try poll.wait(into: &events, timeout: .zero)
  for event in events { require(event.debugDescription.hasPrefix("token 1: readable [kqueue ")) }
  if let event = events.popFirst() { while events.append(event) {} }
  require(events.count == 4)
  events.removeAll()

  let address = SocketAddress(far.machine.address, port: 7)
  var listener = try KqueueSimSelector.TCPListener(bindingTo: address, on: far)
  try poll.registry.register(&listener, token: 2, interests: .readable)
  let client = try KqueueSimSelector.TCPStream(connectingTo: address, on: near)
  let waking = near.machine.schedule(after: .microseconds(1_500)) { () throws(IOError) in try waker.wake() }
  let clock = KqueueSimSelector.KernelClock(on: far)
  let deadline = clock.now.advanced(by: .milliseconds(10))
  try poll.wait(into: &events, timeout: clock.now.duration(to: deadline), spinning: .zero)
  require(clock.now < deadline && clock.now.nanoseconds == 1_500_000)
  require(events.popFirst()?.token == 1)
  _ = try waking.get()
  try poll.wait(into: &events, timeout: .milliseconds(10), spinning: .microseconds(50))
  require(events.popFirst()?.token == 2)
  guard let accepted = try listener.accept() else { throw IOError(.notConnected) }
  require(try accepted.stream.write([1, 2, 3].span) == 3)
  var input: [UInt8] = []
  require(try client.read(appendingTo: &input, atMost: 16) == nil)
  simulation.advance(by: .milliseconds(1))
  require(try client.read(appendingTo: &input, atMost: 16) == 3)
  do throws(IOError) { try poll.wait(into: &events, spinning: .microseconds(50)) } catch .deadlock {}
  require(simulation.diagnosis?.description.hasPrefix("deadlock") == true)
}

func useSlab() {
  struct Element: ~Copyable {
    var value = 0
  }
  var slab = Slab<Element>(minimumCapacity: 2)
  slab.reserveCapacity(8)
  let token = slab.insert(Element())
  let second = slab.insert { _ in Element(value: 7) }
  slab.update(token) { $0.value += 1 }
  require(slab.withElement(token) { $0.value } == 1)
  slab.updateEach { _, element in element.value += 1 }
  var sum = 0
  slab.forEach { _, element in sum += element.value }
  require(sum == 10)
  require(slab.firstToken == token)
  require(slab.token(after: token) == second)
  slab.removeAll { _, element in element.value < 8 }
  require(!slab.contains(token))
  if let element = slab.remove(second) { require(element.value == 8) }
  require(slab.count == 0)
  slab.removeAll(keepingCapacity: false)
}

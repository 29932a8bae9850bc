// Uses every source, and what a simulation offers, on the simulated kernel; see Exchange.swift.
//
// Bodies of generics are checked only where they are instantiated.

public import MetalCore
internal import MetalKqueue
internal import MetalKqueueSim

typealias Selector = KqueueSimSelector

/// Uses everything, and returns what it has been told.
public func instantiateSimulation() throws(IOError) -> String {
  let simulation = Simulation(seed: 1, profile: .freeBSD, keepsRecords: true)
  let node = simulation.node("a")
  node.descriptorLimit = node.descriptorCount + 100
  var poll = try Poll<Selector>(on: node)
  var events = Events<Selector>(capacity: 4)
  let waker = try Waker<Selector>(registry: poll.registry, token: 9)
  try waker.wake()
  try useInternet(poll.registry, node)
  try useUnix(poll.registry, node)
  try usePipe(poll.registry, node)
  simulation.schedule(after: .seconds(1)) { _ = node.name }
  simulation.advance(by: .seconds(2))
  var text = node.address.description + node.addressV6.description
  try poll.poll(&events, timeout: .zero)
  for event in events { text += event.description + event.debugDescription }
  do throws(IOError) { try poll.poll(&events) } catch { text += error.description }
  if let diagnosis = simulation.diagnosis { text += diagnosis.description }
  let other = Simulation(seed: simulation.seed, profile: simulation.profile, keepsRecords: true).trace
  let difference = Trace.firstDifference(simulation.trace, other) ?? 0
  var stream = simulation.random("numbers")
  return text + "\(difference) \(stream.next(below: 10)) \(simulation.trace.digest) \(other.description)"
}

func useSource<T: Source & ~Copyable>(_ source: inout T, _ registry: Registry<Selector>) throws(IOError)
where T.S == Selector {
  try registry.register(&source, token: 1, interests: .readable)
  try registry.reregister(&source, token: 2, interests: [.readable, .writable])
  try registry.deregister(&source)
}

func useInternet(_ registry: Registry<Selector>, _ node: SimulatedKernel) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  let address = SocketAddress(IPv4Address.loopback, port: 80)
  var options = SocketOptions()
  options.keepAlive = SocketOptions.KeepAlive(idle: .seconds(1))
  var listener = try TCPListener<Selector>(bindingTo: address, options: options, on: node)
  try useSource(&listener, registry)
  var stream = try TCPStream<Selector>(connectingTo: address, on: node)
  try useSource(&stream, registry)
  try stream.setNoDelay(try !stream.isNoDelay)
  try stream.setLinger(try stream.linger)
  _ = try stream.takePendingError()
  _ = try stream.peekIfReady(into: buffer.mutableSpan)
  _ = try stream.readIfReady(into: buffer.mutableSpan)
  var vector = IOVector<2>()
  vector.append(buffer.span)
  _ = try stream.writeIfReady(vector)
  try stream.shutdown(.both)
  if let accepted = try listener.acceptIfReady() { try accepted.stream.close() }

  var socket = try UDPSocket<Selector>(bindingTo: address, on: node)
  try useSource(&socket, registry)
  _ = try socket.sendIfReady(buffer.span, to: address)
  _ = try socket.receiveFromIfReady(into: buffer.mutableSpan)
  try socket.connect(to: address)
  _ = try socket.sendIfReady(buffer.span)
  try socket.join(.v4(IPv4Address(224, 0, 0, 1), interface: .any))
  try socket.setBroadcast(try socket.isBroadcast)
  try socket.close()
}

func useUnix(_ registry: Registry<Selector>, _ node: SimulatedKernel) throws(IOError) {
  guard let path = UnixAddress("/a"), let other = UnixAddress("/b") else { return }
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  var listener = try UnixListener<Selector>(bindingTo: path, on: node)
  try useSource(&listener, registry)
  var stream = try UnixStream<Selector>(connectingTo: path, on: node)
  try useSource(&stream, registry)
  _ = try stream.writeIfReady(buffer.span)
  _ = try stream.readIfReady(into: buffer.mutableSpan)
  _ = try UnixStream<Selector>.pair(on: node)
  if let accepted = try listener.acceptIfReady() { try accepted.stream.close() }
  var datagram = try UnixDatagram<Selector>(bindingTo: other, on: node)
  try useSource(&datagram, registry)
  _ = try datagram.sendIfReady(buffer.span, to: other)
  _ = try datagram.receiveFromIfReady(into: buffer.mutableSpan)
  _ = try UnixDatagram<Selector>.pair(on: node)
}

func usePipe(_ registry: Registry<Selector>, _ node: SimulatedKernel) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  let pipe = try Pipe<Selector>(on: node)
  var reader = pipe.reader
  var writer = pipe.writer
  try useSource(&reader, registry)
  try useSource(&writer, registry)
  _ = try writer.writeIfReady(buffer.span)
  _ = try reader.readIfReady(into: buffer.mutableSpan)
  _ = try reader.perform { descriptor throws(IOError) in try node.duplicate(descriptor) }
  try reader.close()
}

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
  var poll = try Selector.Poll(on: node)
  var events = Selector.Events(capacity: 4)
  let waker = try poll.registry.makeWaker(token: 9)
  try waker.wake()
  try useInternet(poll.registry, node)
  try useUnix(poll.registry, node)
  try usePipe(poll.registry, node)
  simulation.schedule(after: .seconds(1)) { _ = node.name }
  simulation.advance(by: .seconds(2))
  var text = node.address.description + node.addressV6.description
  try poll.wait(into: &events, timeout: .zero)
  for event in events { text += event.description + event.debugDescription }
  do throws(IOError) { try poll.wait(into: &events) } catch { text += error.description }
  if let diagnosis = simulation.diagnosis { text += diagnosis.description }
  let other = Simulation(seed: simulation.seed, profile: simulation.profile, keepsRecords: true).trace
  let difference = Trace.firstDifference(simulation.trace, other) ?? 0
  var stream = simulation.random("numbers")
  return text + "\(difference) \(stream.next(below: 10)) \(simulation.trace.digest) \(other.description)"
}

func useSource<T: Source<Selector> & ~Copyable>(_ source: inout T, _ registry: Selector.Registry) throws(IOError) {
  try registry.register(&source, token: 1, interests: .readable)
  try registry.reregister(&source, token: 2, interests: [.readable, .writable])
  try registry.deregister(&source)
}

func useInternet(_ registry: Selector.Registry, _ node: SimulatedKernel) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  let address = SocketAddress(IPv4Address.loopback, port: 80)
  var listener = try Selector.TCPListener(
    bindingTo: address, options: [.keepAlive(true), .keepAliveIdle(.seconds(1))], on: node)
  try useSource(&listener, registry)
  var stream = try Selector.TCPStream(connectingTo: address, on: node)
  try useSource(&stream, registry)
  try stream.setOption(.noDelay, to: try !stream.option(.noDelay))
  try stream.setOption(.linger, to: try stream.option(.linger))
  _ = try stream.takePendingError()
  _ = try stream.peek(into: buffer.mutableSpan)
  _ = try stream.read(into: buffer.mutableSpan)
  var storage = IOVectorStorage<2>()
  var vector = storage.makeVector()
  vector.append(buffer.span)
  _ = try stream.write(vector)
  try stream.shutdown(.both)
  if let accepted = try listener.accept() { try accepted.stream.close() }

  var socket = try Selector.UDPSocket(bindingTo: address, on: node)
  try useSource(&socket, registry)
  _ = try socket.send(buffer.span, to: address)
  _ = try socket.receive(into: buffer.mutableSpan)
  try socket.connect(to: address)
  _ = try socket.send(buffer.span)
  try socket.join(.v4(IPv4Address(224, 0, 0, 1), interface: .unspecified))
  try socket.setOption(.broadcast, to: try socket.option(.broadcast))
  try socket.close()
}

func useUnix(_ registry: Selector.Registry, _ node: SimulatedKernel) throws(IOError) {
  guard let path = UnixAddress("/a"), let other = UnixAddress("/b") else { return }
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  var listener = try Selector.UnixListener(bindingTo: path, on: node)
  try useSource(&listener, registry)
  var stream = try Selector.UnixStream(connectingTo: path, on: node)
  try useSource(&stream, registry)
  _ = try stream.write(buffer.span)
  _ = try stream.read(into: buffer.mutableSpan)
  _ = try Selector.UnixStream.pair(on: node)
  if let accepted = try listener.accept() { try accepted.stream.close() }
  var datagram = try Selector.UnixDatagramSocket(bindingTo: other, on: node)
  try useSource(&datagram, registry)
  _ = try datagram.send(buffer.span, to: other)
  _ = try datagram.receive(into: buffer.mutableSpan)
  _ = try Selector.UnixDatagramSocket.pair(on: node)
}

func usePipe(_ registry: Selector.Registry, _ node: SimulatedKernel) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  let pipe = try Selector.PipeEnds(on: node)
  var reader = pipe.reader
  var writer = pipe.writer
  try useSource(&reader, registry)
  try useSource(&writer, registry)
  _ = try writer.write(buffer.span)
  _ = try reader.read(into: buffer.mutableSpan)
  _ = try reader.perform { descriptor throws(IOError) in try node.duplicate(descriptor) }
  try reader.close()
}

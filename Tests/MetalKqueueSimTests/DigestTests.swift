import MetalCore
import MetalKqueueSim
import Testing

@Suite("Digests")
struct DigestTests {
  @Test(
    "A program with every kind of source leaves the same trace on every processor",
    arguments: [
      (.macOS, 0x9B8F_CA15_A193_19A0), (.freeBSD, 0x64C2_94F3_9215_2D24),
      (.netBSD, 0x65B7_586E_4208_A5C6),
    ] as [(KernelProfile, UInt64)])
  func everySource(_ profile: KernelProfile, _ digest: UInt64) throws(IOError) {
    let simulation = Simulation(seed: 2_026, profile: profile, defaults: .drawn, keeping: .all)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    let (received, trace) = try server.run { () throws(IOError) in try serve(server, client) }
    // Each source has received something: the tokens 1 to 9.
    #expect(received.keys.sorted() == (1...9).map { Token(rawValue: $0) }, "\(received)")
    let kinds = Set(trace.records.map(\.kind))
    #expect(kinds.isSuperset(of: [.call, .change, .delivery, .action, .sent, .arrived, .lost, .held, .retry]))
    // The digest changes when the simulator's behaviour, or what a trace records, changes. Look at the trace before you
    // write the new digest here.
    #expect(trace.digest == digest, "\(trace.count) records, \(trace.digest)")
  }

  /// Runs a server for four seconds, while the network fails twice.
  ///
  /// Returns how much each source has received, and the trace.
  private func serve(_ server: Machine, _ client: Machine) throws(IOError) -> ([Token: Int], Trace) {
    let group = IPv4Address(239, 0, 0, 1)
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: 80))
    var udp = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 53))
    var udpV6 = try UDPSocket(bindingTo: SocketAddress(IPv6Address.unspecified, port: 54))
    var unixListener = try UnixListener(bindingTo: UnixAddress(pathname: "/stream"))
    var unixDatagram = try UnixDatagramSocket(bindingTo: UnixAddress(pathname: "/datagram"))
    let pipe = try PipeEnds()
    var reader = pipe.reader
    try udp.join(.v4(group, interface: .unspecified))
    try loop.registry.register(&listener, token: 1, interests: .readable)
    try loop.registry.register(&udp, token: 2, interests: .readable | .writable)
    try loop.registry.register(&udpV6, token: 3, interests: .readable)
    try loop.registry.register(&unixListener, token: 4, interests: .readable)
    try loop.registry.register(&unixDatagram, token: 5, interests: .readable)
    try loop.registry.register(&reader, token: 6, interests: .readable)
    let waker = try loop.registry.makeWaker(token: 7)

    // The other ends.
    let peer = try Peer(connectingTo: SocketAddress(server.address, port: 80), on: client.kernel)
    let unix = Shared(try UnixStream(connectingTo: UnixAddress(pathname: "/stream")))
    let writer = Shared(pipe.writer)
    let sender = Shared(try client.kernel.udp())
    func at(_ milliseconds: Int, on machine: Machine, _ action: @escaping @Sendable () throws(IOError) -> Void) {
      machine.schedule(after: .milliseconds(milliseconds)) { recordingErrors(action) }
    }
    at(400, on: client) { () throws(IOError) in
      try peer.send(pattern(50_000))
      try sender.value.send([1, 2, 3], to: SocketAddress(server.address, port: 53))
      try sender.value.send([4, 5], to: SocketAddress(group, port: 53))
      try client.kernel.udpV6().send([6], to: SocketAddress(server.addressV6, port: 54))
    }
    at(500, on: server) { () throws(IOError) in
      try unix.value.writeFully(pattern(700))
      try writer.value.writeFully(pattern(300))
      try UnixDatagramSocket().send([7], to: UnixAddress(pathname: "/datagram"))
      try waker.wake()
    }
    // Packets of the first failure are lost, and those of the stream are sent again. During the second failure, the
    // network answers that it cannot reach the server.
    at(1_000, on: client) { () throws(IOError) in
      client.reachability = .silent
      try peer.send(pattern(900))
      try peer.send(pattern(400))
      try sender.value.send([8], to: SocketAddress(server.address, port: 53))
    }
    at(1_300, on: client) { client.reachability = .reachable }
    at(2_000, on: client) { () throws(IOError) in
      server.reachability = .unreachable
      try sender.value.send([9], to: SocketAddress(server.address, port: 53))
    }
    at(2_500, on: client) { server.reachability = .reachable }
    at(3_000, on: client) { () throws(IOError) in
      peer.receive()
      try peer.reset()
    }
    at(3_500, on: server) { () throws(IOError) in try unix.value.shutdown(.write) }

    var received: [Token: Int] = [:]
    var stream: TCPStream?
    var unixStream: UnixStream?
    var sizes = server.simulation.random("sizes")
    while server.simulation.now < .seconds(4) {
      for event in try loop.wait(.milliseconds(100)) where event.isReadable {
        let size = Int(sizes.next(below: 500)) + 1
        var count = 0
        do throws(IOError) {
          switch event.token {
          case 1:
            let accepted = try ready(listener.accept())
            var new = accepted.stream
            try loop.registry.register(&new, token: 8, interests: .readable | .writable)
            stream = consume new
            count = 1
          case 2: while let bytes = try udp.receiveOnce() { count += bytes.count }
          case 3: while let bytes = try udpV6.receiveOnce() { count += bytes.count }
          case 4:
            let accepted = try ready(unixListener.accept())
            var new = accepted.stream
            try loop.registry.register(&new, token: 9, interests: .readable | .writable)
            unixStream = consume new
            count = 1
          case 5: while let bytes = try unixDatagram.receiveOnce() { count += bytes.count }
          case 6: while let bytes = try reader.readOnce(upTo: size) { count += bytes.count }
          case 7: count = 1
          case 8:
            while let bytes = try stream?.readOnce(upTo: size), !bytes.isEmpty {
              count += bytes.count
              _ = try stream?.write(bytes.span)
            }
          default: while let bytes = try unixStream?.readOnce(upTo: size), !bytes.isEmpty { count += bytes.count }
          }
        } catch {
          if error.kind == .connectionReset { stream = nil }
        }
        received[event.token, default: 0] += count
      }
    }
    // The compiler chooses the order in which the sources end, so the trace is without their ends.
    let trace = server.simulation.trace
    withExtendedLifetime((peer, unix, writer, sender, waker)) {}
    drop(stream)
    drop(unixStream)
    drop(listener)
    drop(unixListener)
    drop(udp)
    drop(udpV6)
    drop(unixDatagram)
    drop(reader)
    drop(loop)
    return (received, trace)
  }
}

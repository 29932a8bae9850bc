import MetalCore
import MetalKqueue
import MetalKqueueSim
import MetalSimulation
import Testing

@Suite("Simulation: netstat")
struct NetstatTests {
  private func states(_ simulation: Simulation) -> [Netstat.State?] {
    simulation.netstat.entries.filter { $0.connection == 1 }.map(\.state)
  }

  @Test("A connection goes through the states of TCP")
  func states() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
    simulation.setLatency(server.machine, client.machine, to: .milliseconds(1))
    let (listener, port) = try server.openListener(backlog: 5)
    let stream = try client.openClient(port, on: server)
    #expect(states(simulation) == [.synSent])
    simulation.advance(by: .milliseconds(1))
    #expect(states(simulation) == [.synReceived, .synSent])
    simulation.advance(by: .milliseconds(1))
    #expect(states(simulation) == [.synReceived, .established])
    simulation.advance(by: .milliseconds(1))
    let waiting = simulation.netstat.entries
    #expect(waiting.map(\.descriptor) == [listener, nil, stream])
    #expect(waiting[0].state == .listen && waiting[0].waiting == 1 && waiting[0].backlog == 5)
    let accepted = try server.accept(listener)
    client.send(stream, 70)
    #expect(simulation.netstat.entries.map(\.unsent) == [0, 0, 70])
    simulation.advance(by: .milliseconds(2))
    #expect(simulation.netstat.entries.map(\.received) == [0, 70, 0])
    #expect(simulation.netstat.entries.map(\.unsent) == [0, 0, 0])
    #expect(states(simulation) == [.established, .established])
    server.receive(accepted)
    try client.shutdown(stream, .write)
    #expect(states(simulation) == [.established, .finWait1])
    simulation.advance(by: .milliseconds(1))
    #expect(states(simulation) == [.closeWait, .finWait2])
    try client.close(stream)
    #expect(simulation.netstat.entries.last?.state == .timeWait)
    // The address is the connection's own, and not only its port.
    #expect(simulation.netstat.entries.last?.local == waiting[2].local)
    try server.close(accepted)
    #expect(states(simulation).first == .lastAck)
    simulation.advance(by: .seconds(60))
    #expect(simulation.netstat.entries.map(\.state) == [.listen])
  }

  @Test("An attempt that nobody answers has sent its request")
  func silence() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    server.reachability = .silent
    let stream = try client.kernel.openClient(9, on: server.kernel)
    #expect(states(simulation) == [.synSent])
    simulation.advance(by: .seconds(74))
    #expect(states(simulation) == [.synSent])
    simulation.advance(by: .seconds(1))
    #expect(simulation.netstat.entries.map(\.state) == [.closed])
    try client.kernel.close(stream)
    #expect(simulation.netstat.entries.isEmpty)
  }

  @Test("A port that TIME_WAIT keeps has the address of its family")
  func families() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let kernel = simulation.machine("a").kernel
    let listener = try kernel.openSocket(.ipv6, .stream)
    try kernel.bind(listener, to: SocketAddress(IPv6Address.loopback, port: 80))
    try kernel.listen(listener, backlog: 1)
    let stream = try kernel.openSocket(.ipv6, .stream)
    try kernel.connect(stream, to: SocketAddress(IPv6Address.loopback, port: 80))
    let accepted = try kernel.accept(listener)
    try kernel.close(stream)
    try kernel.close(accepted)
    let last = try required(simulation.netstat.entries.last)
    #expect(last.state == .timeWait && last.kind == "tcp6")
    guard case .internet(let address)? = last.local else {
      Issue.record("no address: \(last)")
      return
    }
    #expect(address.description.hasPrefix("[::1]:"))
  }

  @Test("The table has a line a socket, and all kinds")
  func table() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let kernel = simulation.machine("a\nb").kernel
    let path = try UnixAddress(pathname: "/socket")
    let listener = try kernel.openSocket(.unix, .stream)
    try kernel.bind(listener, to: path)
    try kernel.listen(listener, backlog: 3)
    let client = try kernel.openSocket(.unix, .stream)
    try kernel.connect(client, to: path)
    _ = try kernel.openSocketPair(.datagram)
    _ = try kernel.openPipe()
    let udp = try kernel.openSocket(.ipv6, .datagram)
    try kernel.bind(udp, to: SocketAddress(IPv6Address.loopback, port: 53))
    #expect(simulation.netstat.entries.map(\.kind) == ["stream", "stream", "dgram", "dgram", "udp6"])
    let text = """
      machine  fd  proto   recv-q  send-q  local     peer     state        backlog
      a\\u{a}b  3   stream  0       0       /socket   *        LISTEN       1/3
      a\\u{a}b  4   stream  0       0       *         /socket  ESTABLISHED
      a\\u{a}b  5   dgram   0       0       *         *        -
      a\\u{a}b  6   dgram   0       0       *         *        -
      a\\u{a}b  9   udp6    0       0       [::1]:53  *        -

      """
    #expect(simulation.netstat.description == text, "\n\(simulation.netstat)")
  }
}

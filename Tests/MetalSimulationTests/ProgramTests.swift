import EchoServer
import MetalSimulation
import Testing

@Suite("Programs")
struct ProgramTests {
  @Test("A server and three clients run to the end")
  func serverAndClients() throws {
    let simulation = Simulation(seed: 1)
    let server = simulation.machine("server")
    server.start(.service) { () throws(IOError) in
      var server = try EchoServer<KqueueSimSelector>(bindingTo: SocketAddress(IPv4Address.unspecified, port: 80))
      try server.run()
    }
    let address = SocketAddress(server.address, port: 80)
    let clients = (1...3).map { number in
      simulation.machine("client \(number)").start { try fetch(address, messages: number) }
    }
    try simulation.run()
    #expect(try clients.map { try $0.get() } == [100, 200, 300])
    #expect(server.kernel.descriptorCount == 0)
  }
}

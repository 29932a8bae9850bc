// udp-echo PORT: sends each datagram back to where it came from, until SIGINT or SIGTERM.
//
// The server itself is in the UDPEcho library, generic over the selector; this file chooses one and adds what belongs
// to a process. It listens on loopback only: source addresses can be forged, and an echo that the world can reach
// answers whomever a stranger names, another echo included, without end.

import ExampleSupport
import MetalIO
import UDPEcho

typealias Server = UDPEchoServer<DefaultSelector>

guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]) else {
  fail("usage: udp-echo PORT")
}

do throws(IOError) {
  var server = try Server(bindingTo: SocketAddress(IPv4Address.loopback, port: port))
  let stopper = try server.makeStopper()
  try Signal.handle([.interrupt, .terminate]) { _ in
    do throws(IOError) { try stopper.wake() } catch { fail("udp-echo: cannot stop: \(error)") }
  }
  announce("READY \(try server.localAddress.port)")
  try server.run()
} catch {
  fail("udp-echo: \(error)")
}

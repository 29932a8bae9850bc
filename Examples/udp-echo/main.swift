// udp-echo PORT: sends each datagram back to its sender, until SIGINT or SIGTERM.
//
// The server itself is in the UDPEcho library, which is generic over the selector. This file chooses a selector, reads
// the argument, and handles the signals. The server listens only on loopback, because source addresses can be forged. A
// public echo answers any address that a stranger names. If this address is another echo, the two answer each other
// without end.

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

// echo-server PORT: sends received bytes back to each client, until SIGINT or SIGTERM.
//
// The server itself is in the EchoServer library, which is generic over the selector. This file chooses a selector,
// reads the argument, handles the signals, and prints a line when the server is ready.

import EchoServer
import ExampleSupport
import MetalIO

typealias Server = EchoServer<DefaultSelector>

guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]) else {
  fail("usage: echo-server PORT")
}

do throws(IOError) {
  var server = try Server(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
  let stopper = try server.makeStopper()
  try Signal.handle([.interrupt, .terminate]) { _ in
    do throws(IOError) { try stopper.wake() } catch { fail("echo-server: cannot stop: \(error)") }
  }
  announce("READY \(try server.localAddress.port)")
  try server.run()
} catch {
  fail("echo-server: \(error)")
}

// echo-server PORT: sends back what its clients send, until SIGINT or SIGTERM.
//
// The server itself is in the EchoServer library, generic over the selector; this file chooses one and adds what
// belongs to a process: the argument, the signals, and the line that says it is ready.

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

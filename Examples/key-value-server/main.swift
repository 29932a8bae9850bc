// key-value-server PORT: stores keys and values for clients of the Redis protocol, until SIGINT or SIGTERM.
//
// The library KeyValueServer contains the server, generic over the selector. This file chooses a selector, and adds the
// parts of a process: the argument, the signals, and a line that reports the port.

import ExampleSupport
import KeyValueServer
import MetalIO

typealias Server = KeyValueServer<DefaultSelector>

guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]) else {
  fail("usage: key-value-server PORT")
}

do throws(IOError) {
  var server = try Server(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
  let stopper = try server.makeStopper()
  try Signal.handle([.interrupt, .terminate]) { _ in
    do throws(IOError) { try stopper.wake() } catch { fail("key-value-server: cannot stop: \(error)") }
  }
  announce("READY \(try server.localAddress.port)")
  try server.run()
} catch {
  fail("key-value-server: \(error)")
}

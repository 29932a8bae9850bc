// key-value-server PORT: keeps keys and values for clients that speak the Redis protocol, until SIGINT or SIGTERM.
//
// The server itself is in the KeyValueServer library, generic over the selector; this file chooses one and adds what
// belongs to a process: the argument, the signals, and the line that says it is ready.

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

// tcp-proxy LISTEN TARGET: connects each client of LISTEN to TARGET by a new connection, until SIGINT or SIGTERM.
//
// TARGET is an address and a port, such as 127.0.0.1:8000 or [::1]:8000. LISTEN has the same form, or is only a port of
// the loopback address. The proxy itself is in the TCPProxy library, which is generic over the selector. This file
// chooses a selector, reads the arguments, and handles the signals.

import ExampleSupport
import MetalIO
import TCPProxy

typealias Proxy = TCPProxy<DefaultSelector>

/// Reads an address; for any other text the program ends with a message.
func socketAddress(_ text: String) -> SocketAddress {
  do throws(SocketAddress.ParseError) { return try SocketAddress(parsing: text) } catch { fail("tcp-proxy: \(error)") }
}

guard CommandLine.arguments.count == 3 else { fail("usage: tcp-proxy [ADDRESS:]PORT ADDRESS:PORT") }
let port = UInt16(CommandLine.arguments[1])
let address =
  port.map { SocketAddress(IPv4Address.loopback, port: $0) } ?? socketAddress(CommandLine.arguments[1])
let target = socketAddress(CommandLine.arguments[2])

do throws(IOError) {
  var proxy = try Proxy(bindingTo: address, target: target)
  let stopper = try proxy.makeStopper()
  try Signal.handle([.interrupt, .terminate]) { _ in
    do throws(IOError) { try stopper.wake() } catch { fail("tcp-proxy: cannot stop: \(error)") }
  }
  announce("READY \(try proxy.localAddress.port)")
  try proxy.run()
} catch {
  fail("tcp-proxy: \(error)")
}

// tcp-proxy LISTEN TARGET: joins each client of LISTEN to a connection of its own to TARGET, until SIGINT or SIGTERM.
//
// TARGET is an address and a port, such as 127.0.0.1:8000 or [::1]:8000; LISTEN is the like, or a bare port of
// loopback. The proxy itself is in the TCPProxy library, generic over the selector; this file chooses one and adds
// what belongs to a process.

import ExampleSupport
import MetalIO
import TCPProxy

typealias Proxy = TCPProxy<DefaultSelector>

func listeningAddress(_ text: String) -> SocketAddress? {
  if let port = UInt16(text) { return SocketAddress(IPv4Address.loopback, port: port) }
  return SocketAddress(text)
}

guard CommandLine.arguments.count == 3, let address = listeningAddress(CommandLine.arguments[1]),
  let target = SocketAddress(CommandLine.arguments[2])
else {
  fail("usage: tcp-proxy [ADDRESS:]PORT ADDRESS:PORT")
}

do throws(IOError) {
  var proxy = try Proxy(bindingTo: address, target: target)
  let stopper = try proxy.makeStopper()
  onTermination {
    do throws(IOError) { try stopper.wake() } catch { fail("tcp-proxy: cannot stop: \(error)") }
  }
  announce("READY \(try proxy.localAddress.port)")
  try proxy.run()
} catch {
  fail("tcp-proxy: \(error)")
}

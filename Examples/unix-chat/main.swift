// unix-chat PATH: a chat on a Unix-domain socket, until SIGINT or SIGTERM. Join with `nc -U PATH`.
//
// The server itself is in the UnixChat library, which is generic over the selector. This file chooses a selector,
// handles the signals, and removes the file of the socket. The program does not touch an existing file, which may
// belong to another program. After a killed server, remove the file by hand.

import ExampleSupport
import MetalIO
import UnixChat

typealias Server = ChatServer<DefaultSelector>

guard CommandLine.arguments.count == 2 else { fail("usage: unix-chat PATH") }
let path = CommandLine.arguments[1]

/// Serves until a signal arrives; from the moment the server is made, the file belongs to this process.
func serve() throws(IOError) {
  var server = try Server(bindingTo: UnixAddress(pathname: path))
  defer { removeFile(path) }
  let stopper = try server.makeStopper()
  try Signal.handle([.interrupt, .terminate]) { _ in
    do throws(IOError) { try stopper.wake() } catch { fail("unix-chat: cannot stop: \(error)") }
  }
  announce("READY \(path)")
  try server.run()
}

do throws(IOError) {
  try serve()
} catch {
  fail("unix-chat: \(error)")
}

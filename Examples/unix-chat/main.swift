// unix-chat PATH: a chat for those who connect to a Unix socket, with `nc -U PATH` say, until SIGINT or SIGTERM.
//
// The server itself is in the UnixChat library, generic over the selector; this file chooses one and adds what
// belongs to a process, the socket's file among it. A file that is there already is not touched: it may be
// somebody's. One that a killed server left behind has to be removed by hand.

import ExampleSupport
import MetalIO
import UnixChat

typealias Server = ChatServer<DefaultSelector>

guard CommandLine.arguments.count == 2 else { fail("usage: unix-chat PATH") }
let path = CommandLine.arguments[1]

/// Serves until a signal comes; the file is this process's from the moment the server is made.
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

// SYSTEM SCENARIO [--option value]… [PORT]: Benchmarks/README.md says what that means.

import GenericServer
import Harness
import MetalCore
import SpecializedServer

run(
  ends: ["own", "would-block", "short-read"],
  ["echo": runEcho, "churn": runChurn, "perform": runPerform, "polls": runPolls])

private func runEcho(_ options: Options) throws(IOError) {
  typealias Struct = Server<BenchmarkSelector>
  typealias Generic = GenericServer.Server<BenchmarkSelector>
  typealias Specialized = SpecializedServer.Server<BenchmarkSelector>
  switch options.form {
  case "locals": try serveFromLocals(options.address, options.drains, options.connections)
  case "borrowed": try measure(options, BorrowingServer.init) { (s, n) throws(IOError) in try s.run(n) }
  case "struct": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.run(n) }
  case "struct-for": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.runByFor(n) }
  case "struct-index": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.runByIndex(n) }
  case "timeout": try measure(options, Struct.init) { (s, n) throws(IOError) in try s.runWithTimeout(n) }
  case "class": try measure(options, ClassServer.init) { (s, n) throws(IOError) in try s.run(n) }
  case "class-of-struct": try measure(options, WrappingServer.init) { (s, n) throws(IOError) in try s.run(n) }
  case "library": try measure(options, Generic.init) { (s, n) throws(IOError) in try s.run(n) }
  case "library-specialized": try measure(options, Specialized.init) { (s, n) throws(IOError) in try s.run(n) }
  default: cannot("there is no such form")
  }
}

/// Announces a server and measures its run.
private func measure<T: ~Copyable>(
  _ options: Options, _ make: (consuming Poll, consuming TCPListener, _ drains: Bool) -> T,
  run: (inout T, Int) throws(IOError) -> Void
) throws(IOError) {
  let poll = try Poll()
  var listener = try TCPListener(bindingTo: options.address)
  try poll.registry.register(&listener, token: .listener, interests: .readable)
  print_ready(try listener.localAddress.port)
  var server = make(poll, listener, options.drains)
  begin_measuring()
  try run(&server, options.connections)
  end_measuring(UInt64(options.connections))
}

extension Options {
  var address: SocketAddress { SocketAddress(IPv4Address.loopback, port: port) }
  var drains: Bool { end != "short-read" }
}

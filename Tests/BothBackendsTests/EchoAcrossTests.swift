import EchoServer
import MetalCore
import MetalEpoll
import MetalPoll
import MetalSystem
import Testing

@Suite("Both selectors in one process: an echo server on one, its clients on the other")
struct EchoAcrossTests {
  @Test("One thread steps both")
  func stepped() throws(IOError) {
    try step(EpollSelector.self, PosixPollSelector.self)
    try step(PosixPollSelector.self, EpollSelector.self)
  }

  private func step<S: Selector, C: Selector>(_ server: S.Type, _ clients: C.Type) throws(IOError) {
    var server = try EchoServer<S>(bindingTo: anyPort)
    var clients = try Clients<C>(8, of: try server.localAddress, sending: 50_000)
    var events = S.Events(capacity: 3)
    let start = now()
    while !clients.isDone || server.connectionCount > 0 {
      try server.turn(&events, timeout: .zero)
      _ = try clients.turn(timeout: .zero)
      try require(now() - start < .seconds(10), "the echo does not come")
    }
  }

  @Test("Each has a thread of its own")
  func threaded() throws(IOError) {
    try run(EpollSelector.self, PosixPollSelector.self)
    try run(PosixPollSelector.self, EpollSelector.self)
  }

  private func run<S: Selector, C: Selector>(_ server: S.Type, _ clients: C.Type) throws(IOError) {
    let addresses = Handoff<SocketAddress>()
    let stoppers = Handoff<S.Waker>()
    try meanwhile {
      recordingErrors { () throws(IOError) in
        var server = try EchoServer<S>(bindingTo: anyPort)
        stoppers.put(try server.makeStopper())
        addresses.put(try server.localAddress)
        try server.run()
      }
    } _: { () throws(IOError) in
      let start = now()
      var announced = addresses.take()
      while announced == nil, now() - start < .seconds(10) {
        announced = addresses.take()
      }
      guard let address = announced else { return try require(false, "the server does not start") }
      let stopper = try stoppers.taken()
      defer {
        recordingErrors { () throws(IOError) in try stopper.wake() }
        // It must outlive its wake.
        stoppers.put(stopper)
      }
      var clients = try Clients<C>(8, of: address, sending: 50_000)
      while !clients.isDone {
        let hasEvents = try clients.turn(timeout: .seconds(10))
        try require(hasEvents, "the echo does not come")
      }
    }
  }

  private func require(_ condition: Bool, _ complaint: String) throws(IOError) {
    guard !condition else { return }
    Issue.record("\(complaint)")
    throw IOError(.timedOut)
  }

  private let anyPort = SocketAddress(IPv4Address.loopback, port: 0)
}

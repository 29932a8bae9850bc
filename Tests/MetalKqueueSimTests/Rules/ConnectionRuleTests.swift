import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: scenarios of a connection")
struct ConnectionRuleTests {
  /// A connection within one machine, whose client is watched and whose first event was collected.
  struct Connection: ~Copyable {
    let kernel: SimulatedKernel
    let client: WatchedSocket
    let server: Int32
    let size: Int

    init(_ profile: KernelProfile) throws(IOError) {
      kernel = profile.machine()
      let pair = try kernel.connectedPair()
      client = try WatchedSocket(pair.client, on: kernel)
      server = pair.server
      size = profile.tcp.sendBuffer
      let first = client.queue.told()
      #expect(first == [.write(2, size)])
    }

    var told: [Told] { client.queue.told() }

    func send(_ count: Int) -> Outcome { kernel.send(client.descriptor, count) }
    func receive() -> Outcome { kernel.receive(client.descriptor) }
    func shutdown(_ direction: ShutdownDirection) throws(IOError) {
      try kernel.shutdown(client.descriptor, direction)
    }

    func reset() throws(IOError) {
      try kernel.setOption(.linger, of: server, to: 0)
      try kernel.close(server)
    }
  }

  @Test("S4 Data from the peer is readable, and nothing else", arguments: KernelProfile.all)
  func data(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    connection.kernel.send(connection.server, 7)
    #expect(connection.told == [.read(1, 7)])
  }

  @Test("S5 The peer's end is told to the reading direction, and writing goes on", arguments: KernelProfile.all)
  func halfClose(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    let kernel = connection.kernel
    kernel.send(connection.server, 7)
    try kernel.shutdown(connection.server, .write)
    #expect(connection.told == [.read(1, 7, end: 0)])
    #expect(connection.receive() == .moved(7))
    #expect(connection.receive() == .moved(0))
    #expect(connection.send(4) == .moved(4))
    #expect(kernel.receive(connection.server) == .moved(4))
    // The acknowledgement fires, as ever.
    #expect(connection.told == [.write(2, connection.size)])
  }

  @Test("S6 Writing to a peer that has closed is answered by a reset", arguments: KernelProfile.all)
  func writeAfterClose(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    try connection.kernel.close(connection.server)
    #expect(connection.told == [.read(1, 0, end: 0)])
    #expect(connection.send(1) == .moved(1))
    #expect(connection.told == connection.client.ends(Told.reset))
    #expect(connection.send(1) == .failed(.brokenPipe))
    #expect(connection.receive() == .failed(.connectionReset))
    #expect(connection.receive() == .moved(0))
  }

  @Test("S6 The reset takes the way there and back", arguments: KernelProfile.all)
  func writeAfterCloseFarAway(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (listener, port) = try second.openListener()
    let client = try first.openClient(port, on: second)
    first.simulation.advance(by: .milliseconds(5))
    try second.close(try second.accept(listener))
    let watched = try WatchedSocket(client, on: first)
    #expect(watched.queue.told() == [.write(2, profile.tcp.sendBuffer)])
    #expect(watched.queue.wait() == [.read(1, 0, end: 0)])
    let start = first.simulation.now
    #expect(first.send(client, 1) == .moved(1))
    #expect(first.send(client, 1) == .moved(1))
    #expect(watched.queue.wait() == watched.ends(Told.reset))
    #expect(first.simulation.now - start == .milliseconds(2))
  }

  @Test("S7 S8 A reset is told in both directions, and unread data stays", arguments: KernelProfile.all)
  func resetWithData(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    connection.kernel.send(connection.server, 9)
    #expect(connection.told == [.read(1, 9)])
    try connection.reset()
    let order = connection.told
    #expect(order == connection.client.ends(Told.reset, unread: 9))
    #expect(order.first?.filter == (profile == .freeBSD ? .read : .write))
    #expect(connection.receive() == .moved(9))
    #expect(connection.receive() == .failed(.connectionReset))
    #expect(connection.receive() == .moved(0))
    #expect(connection.send(1) == .failed(.brokenPipe))
  }

  @Test("S7 S8 Data and a reset before one poll: the data's event has its place", arguments: KernelProfile.all)
  func dataAndReset(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    connection.kernel.send(connection.server, 9)
    try connection.reset()
    // The reading direction was active before.
    #expect(connection.told == [.read(1, 9, end: Told.reset), .write(2, connection.size, end: Told.reset)])
    #expect(connection.receive() == .moved(9))
    #expect(connection.receive() == .failed(.connectionReset))
  }

  @Test("S9 One's own end of writing is told to the writing direction", arguments: KernelProfile.all)
  func shutdownWrite(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    try connection.shutdown(.write)
    #expect(connection.told == [.write(2, connection.size, end: 0)])
    #expect(connection.send(1) == .failed(.brokenPipe))
    connection.kernel.send(connection.server, 3)
    #expect(connection.told == [.read(1, 3)])
    #expect(connection.receive() == .moved(3))
  }

  @Test(
    "S10 One's own end of reading throws away what comes, and the peer stalls",
    arguments: KernelProfile.all)
  func shutdownRead(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    let kernel = connection.kernel
    kernel.send(connection.server, 3)
    let peer = try WatchedSocket(connection.server, on: kernel)
    _ = peer.queue.told()
    try connection.shutdown(.read)
    #expect(connection.told == [.read(1, 0, end: 0)])
    #expect(connection.receive() == .moved(0))
    #expect(peer.queue.told() == [])
    // The window is not opened again: the peer sends what was left of it, fills its own buffer, and blocks for good.
    #expect(kernel.send(connection.server, 10_000) == .moved(10_000))
    #expect(peer.queue.told() == [.write(2, connection.size)])
    var sent = 10_000
    while case .moved(let count) = kernel.send(connection.server, 10_000) { sent += count }
    #expect(sent == profile.tcp.receiveBuffer - 3 + connection.size)
    #expect(connection.told == [])
    #expect(connection.receive() == .moved(0))
    #expect(peer.queue.told() == [])
    #expect(peer.queue.wait(100_000_000_000) == [])
    #expect(connection.send(2) == .moved(2))
    #expect(kernel.receive(connection.server) == .moved(2))
  }

  @Test(
    "S10 Closing a socket that was shut down for reading resets a peer that has stalled", arguments: KernelProfile.all)
  func closeAfterShutdownRead(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    let kernel = connection.kernel
    try connection.shutdown(.read)
    while case .moved = kernel.send(connection.server, 10_000) {}
    #expect(kernel.send(connection.server, 10_000) == .failed(.wouldBlock))
    try kernel.close(connection.client.descriptor)
    #expect(kernel.send(connection.server, 1) == .failed(.brokenPipe))
    #expect(kernel.receive(connection.server) == .failed(.connectionReset))
  }

  @Test("S11 One's own end of both is told in both directions", arguments: KernelProfile.all)
  func shutdownBoth(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    try connection.shutdown(.both)
    #expect(Set(connection.told) == [.read(1, 0, end: 0), .write(2, connection.size, end: 0)])
    #expect(connection.receive() == .moved(0))
    #expect(connection.send(1) == .failed(.brokenPipe))
    #expect(connection.kernel.receive(connection.server) == .moved(0))
  }

  @Test("S12 Closing with unread data resets the connection on macOS, not on FreeBSD", arguments: KernelProfile.all)
  func closeUnread(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    #expect(connection.send(5) == .moved(5))
    _ = connection.told
    try connection.kernel.close(connection.server)
    if profile == .macOS {
      #expect(connection.told == connection.client.ends(Told.reset))
      #expect(connection.send(1) == .failed(.brokenPipe))
    } else {
      #expect(connection.told == [.read(1, 0, end: 0)])
      #expect(connection.receive() == .moved(0))
      #expect(connection.send(1) == .moved(1))
      #expect(connection.told == connection.client.ends(Told.reset))
    }
  }

  @Test("S13 Closing without lingering resets the connection", arguments: KernelProfile.all)
  func linger(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    try connection.reset()
    #expect(connection.told == connection.client.ends(Told.reset))
    #expect(connection.receive() == .failed(.connectionReset))
  }

  @Test("S13 A reset does not wait for data, which is lost", arguments: KernelProfile.all)
  func lingerWithData(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    let kernel = connection.kernel
    var sent = 0
    while case .moved(let count) = kernel.send(connection.server, 10_000) { sent += count }
    try connection.reset()
    #expect(connection.receive() == .moved(profile.tcp.receiveBuffer))
    #expect(sent > profile.tcp.receiveBuffer)
    #expect(connection.receive() == .failed(.connectionReset))
  }

  @Test("What was written before a clean close arrives, however much it is", arguments: KernelProfile.all)
  func closeWithUnsent(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    let kernel = connection.kernel
    var sent = 0
    while case .moved(let count) = kernel.send(connection.server, 10_000) { sent += count }
    try kernel.close(connection.server)
    var received = 0
    while case .moved(let count) = kernel.receive(connection.client.descriptor, 3_000), count > 0 {
      received += count
    }
    #expect(received == sent)
    #expect(connection.receive() == .moved(0))
    #expect(connection.told == [.read(1, 0, end: 0)])
  }

  @Test("S22 Data and the end before one poll are one event", arguments: KernelProfile.all)
  func dataAndEnd(_ profile: KernelProfile) throws(IOError) {
    let connection = try Connection(profile)
    connection.kernel.send(connection.server, 9)
    try connection.kernel.close(connection.server)
    #expect(connection.told == [.read(1, 9, end: 0)])
    #expect(connection.told == [])
  }
}

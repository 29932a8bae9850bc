import CMetalSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalAFD

/// The requests of a selector: requests under way, cancelled requests and completions.
@Suite("AFD: requests", .backend)
struct AFDRequestTests {
  @Test("AFD-01 A source that ends while its request is under way is not reported, and its address is free")
  func closing() throws(IOError) {
    var loop = try Loop()
    for round in 0..<60 {
      var socket = try UDPSocket(bindingTo: anyPort)
      let address = try socket.localAddress
      try loop.registry.register(&socket, token: 1, interests: .readable)
      try loop.poll.wait(into: &loop.events, timeout: .zero)
      #expect(loop.events.isEmpty)
      #expect(loop.requests == 1)
      // A datagram completes the request, perhaps before it is cancelled.
      if round % 2 == 0 { _ = try UDPSocket(bindingTo: anyPort).send([1].span, to: address) }
      switch round % 3 {
      case 0: try socket.close()
      case 1: _ = consume socket
      default:
        try loop.registry.deregister(&socket)
        _ = consume socket
      }
      try loop.expectQuiet(.milliseconds(1))
      #expect(loop.requests == 0)
      let next = try UDPSocket(bindingTo: address)
      #expect(try next.localAddress == address)
    }
  }

  @Test("AFD-02 Of many reregistrations between two waits, the last one counts, and each source is reported once")
  func batch() throws(IOError) {
    var loop = try Loop()
    var sockets = try Sockets(40)
    try sockets.register(with: loop.registry, interests: .readable)
    try loop.expectQuiet(.milliseconds(1))
    for round in 1...5 {
      // Each request under way asks for less than the source wants in the end.
      try sockets.update { index, socket throws(IOError) in
        for step in 0..<6 {
          let interests: Interests = step % 2 == 0 ? .readable : .writable
          let token = Token(UInt(1000 * round + 100 * step + index))
          try loop.registry.reregister(&socket, token: token, interests: interests)
        }
      }
      let events = try loop.collect(40)
      #expect(events.map(\.token).sorted() == (0..<40).map { Token(UInt(1000 * round + 500 + $0)) })
      #expect(events.allSatisfy { Flags($0) == .writable })
      try loop.expectQuiet(.milliseconds(5))
    }
  }

  @Test("AFD-03 More sockets than a handle of AFD takes are reported, and new sockets use free places again")
  func groups() throws(IOError) {
    var loop = try Loop(capacity: 256)
    for _ in 0..<3 {
      var sockets = try Sockets(200)
      try sockets.register(with: loop.registry, interests: [.readable, .writable])
      #expect(try loop.collect(200).map(\.token).sorted() == (0..<200).map { Token($0) })
      try sockets.update { index, socket throws(IOError) in
        if index % 7 == 0 { _ = try socket.send([1].span, to: try socket.localAddress) }
      }
      let ready = (0..<200).filter { $0 % 7 == 0 }
      #expect(try loop.collect(ready.count).map(\.token).sorted() == ready.map { Token(UInt($0)) })
      _ = consume sockets
      try loop.expectQuiet(.milliseconds(1))
      // 200 sockets take seven handles for at most 32 sockets each, in every round.
      #expect(loop.groups == 7)
    }
  }

  @Test("AFD-04 After a selector ends with requests under way, its sources can be registered again")
  func end() throws(IOError) {
    var sockets = try Sockets(50)
    for _ in 0..<20 {
      var loop = try Loop()
      let waker = try loop.registry.makeWaker(token: 9999)
      try sockets.register(with: loop.registry, interests: .readable)
      try loop.expectQuiet(.milliseconds(1))
      #expect(loop.requests == 50)
      try waker.wake()
      _ = consume waker
      _ = consume loop
      try sockets.update { _, socket throws(IOError) in
        // The selector is gone, so the source counts as unregistered.
        let other = try Poll()
        expectError(.notFound) { () throws(IOError) in try other.registry.deregister(&socket) }
      }
    }
  }

  @Test("AFD-05 After other code has closed a registered socket, its registration has ended")
  func closedElsewhere() throws(IOError) {
    var loop = try Loop()
    let owned = try UDPSocket(bindingTo: anyPort).releaseDescriptor()
    let number = owned.rawDescriptor
    var source = BorrowedDescriptor(number)
    try loop.registry.register(&source, token: 1, interests: .readable)
    try loop.expectQuiet(.milliseconds(1))
    try owned.close()
    try loop.expectQuiet(.milliseconds(5))
    #expect(loop.requests == 0)
    expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&source) }
  }

  @Test("AFD-12 A wait without a timeout passes over what has no event, however little room there is")
  func room() throws(IOError) {
    var loop = try Loop(capacity: 1)
    for _ in 0..<20 {
      var sockets = try Sockets(5)
      try sockets.register(with: loop.registry, interests: .readable)
      #expect(try loop.wait(.zero).isEmpty)
      // The completions of five requests are in the queue before the waker's.
      _ = consume sockets
      let waker = try loop.registry.makeWaker(token: 7)
      try waker.wake()
      #expect(try loop.wait(.zero).map(\.token) == [7])
    }
  }

  @Test("AFD-13 If AFD refuses the request of a source, the source has one event with an error, and other sources work")
  func refused() throws(IOError) {
    var loop = try Loop()
    var socket = try UDPSocket(bindingTo: anyPort)
    var other = try UDPSocket(bindingTo: anyPort)
    try loop.registry.register(&socket, token: 1, interests: .readable)
    try loop.registry.register(&other, token: 2, interests: .writable)
    // This handle is none of AFD's, so every request of the group fails.
    let device = loop.registry.selector.table.withState { state in state.replaceDevice(by: notADevice) }
    defer { loop.registry.selector.table.withState { state in _ = state.replaceDevice(by: device) } }
    let events = try loop.collect(2)
    #expect(events.map(\.token).sorted() == [1, 2])
    #expect(events.allSatisfy(\.isError))
    try loop.expectQuiet(.milliseconds(5))
    var third = try UDPSocket(bindingTo: anyPort)
    let waker = try loop.registry.makeWaker(token: 7)
    try waker.wake()
    #expect(try loop.wait().map(\.token) == [7])
    expectWouldBlock { () throws(IOError) in try ReceiveForm.receive(third, atMost: 8) }
    try loop.registry.deregister(&socket)
    expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&third) }
  }

  @Test("AFD-06 If something writes to the request of a free record, the program stops")
  func writtenLater() async {
    await #expect(processExitsWith: .failure) {
      ignoringErrors { () throws(IOError) in
        let loop = try Loop()
        var socket = try UDPSocket(bindingTo: anyPort)
        try loop.registry.register(&socket, token: 1, interests: .readable)
        try loop.registry.deregister(&socket)
        loop.registry.selector.table.withState { state in state.writeToFreeRequest() }
        try loop.registry.register(&socket, token: 1, interests: .readable)
      }
    }
  }

  @Test("AFD-06 If a request completes twice, the program stops")
  func completedTwice() async {
    await #expect(processExitsWith: .failure) {
      ignoringErrors { () throws(IOError) in
        var loop = try Loop()
        var socket = try UDPSocket(bindingTo: anyPort)
        try loop.registry.register(&socket, token: 1, interests: .writable)
        _ = try loop.wait()
        try loop.registry.deregister(&socket)
        _ = try loop.wait(.zero)
        try loop.registry.selector.table.withState { state throws(IOError) in try state.completeFreeRequest() }
        _ = try loop.wait(.zero)
      }
    }
  }
}

/// Runs a body whose thrown errors do not count, so that a process fails only if it stops.
func ignoringErrors(_ body: () throws(IOError) -> Void) {
  do throws(IOError) { try body() } catch {}
}

extension Loop {
  /// The number of requests under way.
  var requests: Int { registry.selector.table.withState { state in state.underWayCount } }

  /// The number of handles of AFD.
  var groups: Int { registry.selector.table.withState { state in state.groupCount } }

  /// Polls until a number of events has come, and returns them.
  mutating func collect(_ count: Int) throws(IOError) -> [Event] {
    var events: [Event] = []
    while events.count < count {
      let batch = try wait()
      if batch.isEmpty { break }
      events += batch
    }
    return events
  }
}

/// UDP sockets, each registered under its number.
struct Sockets: ~Copyable {
  private var sockets = Slab<UDPSocket>()
  private var slots: [Token] = []

  init(_ count: Int) throws(IOError) {
    for _ in 0..<count { slots.append(sockets.insert(try UDPSocket(bindingTo: anyPort))) }
  }

  mutating func update(_ body: (Int, inout UDPSocket) throws(IOError) -> Void) throws(IOError) {
    for (index, slot) in slots.enumerated() {
      try sockets.update(slot) { socket throws(IOError) in try body(index, &socket) }
    }
  }

  mutating func register(with registry: Registry, interests: Interests) throws(IOError) {
    try update { index, socket throws(IOError) in
      try registry.register(&socket, token: Token(UInt(index)), interests: interests)
    }
  }
}

/// The number that stands for the calling thread, and for no handle of AFD.
private let notADevice = -2

extension RequestTable {
  /// The number of handles of AFD.
  fileprivate var groupCount: Int { groups.count }

  /// Replaces the first group's handle of AFD, and returns the former handle.
  fileprivate mutating func replaceDevice(by device: Int) -> Int {
    let group = groups[0]
    // Safety: the records stay those of the group.
    unsafe groups[0] = Group(device: device, records: group.records)
    return group.device
  }

  /// Writes to the request of the next free record, as a faulty kernel would.
  fileprivate mutating func writeToFreeRequest() { self[firstFree].request.status = 0 }

  /// Queues the completion of the next free record, as a faulty kernel would.
  fileprivate func completeFreeRequest() throws(IOError) {
    // Safety: the code uses only the address of the record.
    let context = unsafe UInt(bitPattern: request(of: firstFree))
    try SystemKernel.check(metal_port_post(port, PortKey.request, context))
  }
}

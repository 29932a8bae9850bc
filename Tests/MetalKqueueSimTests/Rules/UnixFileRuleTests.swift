import MetalCore
import Testing

extension SimulatedKernel {
  /// The paths of the sockets' files, as strings.
  fileprivate var pathnames: [String] { socketPaths.compactMap(\.pathname) }
}

@Suite("Rules: the files of Unix-domain sockets")
struct UnixFileRuleTests {
  @Test("A bound path stays when its socket is closed, until the file is removed")
  func staysBehind() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath("/b"))
      let datagram = try UnixDatagramSocket(bindingTo: unixPath("/a/deep/one"))
      #expect(kernel.pathnames == ["/a/deep/one", "/b"])
      try listener.close()
      try datagram.close()
      #expect(kernel.pathnames == ["/a/deep/one", "/b"])
      expectError(.addressInUse) { () throws(IOError) in try UnixListener(bindingTo: unixPath("/b")) }
      expectError(.addressInUse) { () throws(IOError) in try UnixDatagramSocket(bindingTo: unixPath("/b")) }
      try kernel.removeSocketFile("/b")
      #expect(kernel.pathnames == ["/a/deep/one"])
      let again = try UnixDatagramSocket(bindingTo: unixPath("/b"))
      #expect(try again.localAddress == unixPath("/b"))
    }
  }

  @Test("Paths are told in the order of their bytes, whatever the order of binding")
  func order() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      var sockets = Slab<UnixDatagramSocket>()
      for name in ["c", "a", "b/x", "b", "ab", "Z", "aa"] {
        _ = sockets.insert(try UnixDatagramSocket(bindingTo: unixPath(name)))
      }
      #expect(kernel.pathnames == ["Z", "a", "aa", "ab", "b", "b/x", "c"])
    }
  }

  @Test("A path is its bytes: names of equal characters are two files, and a name need not be UTF-8")
  func bytes() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      // One character as one scalar and as two, which Swift's strings take for equal.
      let (composed, decomposed) = ("/\u{E9}", "/e\u{301}")
      #expect(composed == decomposed)
      let names: [[UInt8]] = [Array(decomposed.utf8), Array(composed.utf8), [47, 0xFF], [47, 0xFF, 0xFE]]
      let addresses = try names.map { name throws(IOError) in try UnixAddress(pathname: name.span) }
      let first = try UnixDatagramSocket(bindingTo: addresses[0])
      let second = try UnixListener(bindingTo: addresses[1])
      let third = try UnixDatagramSocket(bindingTo: addresses[2])
      let fourth = try UnixDatagramSocket(bindingTo: addresses[3])
      #expect(kernel.socketPaths == addresses)
      try fourth.send([7], to: addresses[0])
      var buffer: [UInt8] = [0]
      #expect(try first.receive(into: buffer.mutableSpan)?.source == addresses[3])
      expectError(.unsupported) { () throws(IOError) in try fourth.send([7], to: addresses[1]) }
      try kernel.removeSocketFile(composed)
      #expect(kernel.socketPaths == [addresses[0], addresses[2], addresses[3]])
      try kernel.removeSocketFile(addresses[2])
      #expect(kernel.socketPaths == [addresses[0], addresses[3]])
      expectError(.notFound) { () throws(IOError) in try kernel.removeSocketFile(addresses[2]) }
      #expect(try second.localAddress == addresses[1])
      try third.close()
    }
  }

  @Test("Removing a file that is not there is 'not found', and so is a path that cannot be")
  func removesNothing() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath("/b"))
      for name in ["/a", "/bb", "", "zero\0inside", String(repeating: "a", count: 200)] {
        expectError(.notFound) { () throws(IOError) in try kernel.removeSocketFile(name) }
      }
      try kernel.removeSocketFile("/b")
      expectError(.notFound) { () throws(IOError) in try kernel.removeSocketFile("/b") }
      #expect(try listener.localAddress == unixPath("/b"))
    }
  }

  @Test("A missing path is 'not found', one without a socket is refused, one of the other kind unsupported")
  func unreachable() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let socket = try UnixDatagramSocket()
      expectError(.notFound) { () throws(IOError) in try UnixStream(connectingTo: unixPath("/x")) }
      expectError(.notFound) { () throws(IOError) in try socket.connect(to: unixPath("/x")) }
      expectError(.notFound) { () throws(IOError) in try socket.send([1], to: unixPath("/x")) }

      try UnixListener(bindingTo: unixPath("/gone")).close()
      expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: unixPath("/gone"))
      }
      expectError(.connectionRefused) { () throws(IOError) in try socket.connect(to: unixPath("/gone")) }
      expectError(.connectionRefused) { () throws(IOError) in try socket.send([1], to: unixPath("/gone"))
      }

      let bound = try kernel.openSocket(.unix, .stream)
      try kernel.bind(bound, to: unixPath("/bound"))
      expectError(.connectionRefused) { () throws(IOError) in try UnixStream(connectingTo: unixPath("/bound"))
      }

      let listener = try UnixListener(bindingTo: unixPath("/stream"))
      let datagram = try UnixDatagramSocket(bindingTo: unixPath("/datagram"))
      expectError(.unsupported) { () throws(IOError) in try UnixStream(connectingTo: unixPath("/datagram")) }
      expectError(.unsupported) { () throws(IOError) in try socket.connect(to: unixPath("/stream")) }
      expectError(.unsupported) { () throws(IOError) in try socket.send([1], to: unixPath("/stream")) }
      #expect(try listener.localAddress == unixPath("/stream"))
      #expect(try datagram.localAddress == unixPath("/datagram"))
    }
  }

  @Test("After its file was removed and made anew, a socket keeps its address and is not reached by it")
  func replaced() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let old = try UnixListener(bindingTo: unixPath())
      try kernel.removeSocketFile("/socket")
      expectError(.notFound) { () throws(IOError) in try UnixStream(connectingTo: unixPath()) }
      let new = try UnixListener(bindingTo: unixPath())
      let client = try UnixStream(connectingTo: unixPath())
      #expect(try old.accept() == nil)
      let accepted = try ready(new.accept())
      try client.writeFully([1])
      #expect(try accepted.stream.readOnce() == [1])
      #expect(try old.localAddress == unixPath())
      // The old one's end leaves the new one's file alone.
      try old.close()
      let second = try UnixStream(connectingTo: unixPath())
      #expect(try second.peerAddress == unixPath())
      let third = try ready(new.accept())
      #expect(third.peerAddress == .unnamed)
    }
  }

  @Test("Each machine has its own paths")
  func perMachine() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let (here, there) = (simulation.machine("here").kernel, simulation.machine("there").kernel)
    let listener = try UnixListener(bindingTo: unixPath(), on: here)
    expectError(.notFound) { () throws(IOError) in try UnixStream(connectingTo: unixPath(), on: there) }
    let other = try UnixDatagramSocket(bindingTo: unixPath(), on: there)
    #expect(here.pathnames == ["/socket"] && there.pathnames == ["/socket"])
    #expect(try listener.localAddress == other.localAddress)
  }

  @Test("Abstract names are unsupported, and paths of more than 104 bytes and no path invalid input")
  func badAddresses() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let socket = try UnixDatagramSocket()
      let abstract = try UnixAddress(abstractName: "name")
      expectError(.unsupported) { () throws(IOError) in try UnixListener(bindingTo: abstract) }
      expectError(.unsupported) { () throws(IOError) in try UnixDatagramSocket(bindingTo: abstract) }
      expectError(.unsupported) { () throws(IOError) in try UnixStream(connectingTo: abstract) }
      expectError(.unsupported) { () throws(IOError) in try socket.connect(to: abstract) }
      expectError(.unsupported) { () throws(IOError) in try socket.send([1], to: abstract) }

      let long = try unixPath(String(repeating: "a", count: 105))
      expectError(.invalidInput) { () throws(IOError) in try UnixListener(bindingTo: long) }
      expectError(.invalidInput) { () throws(IOError) in try UnixStream(connectingTo: long) }
      expectError(.invalidInput) { () throws(IOError) in try socket.send([1], to: long) }
      let longest = try UnixListener(bindingTo: unixPath(String(repeating: "a", count: 104)))
      #expect(try longest.localAddress.name.count == 104)

      let raw = try kernel.openSocket(.unix, .stream)
      expectError(.unsupported) { () throws(IOError) in try kernel.bind(raw, to: UnixAddress.unnamed) }
      expectError(.invalidInput) { () throws(IOError) in try kernel.connect(raw, to: UnixAddress.unnamed) }
      expectError(.invalidInput) { () throws(IOError) in try socket.send([1], to: .unnamed) }
    }
  }

  @Test("A socket is bound once, and only to an address of its own family")
  func bindsOnce() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let raw = try kernel.openSocket(.unix, .datagram)
      try kernel.bind(raw, to: unixPath("/first"))
      expectError(.invalidInput) { () throws(IOError) in try kernel.bind(raw, to: unixPath("/second")) }
      #expect(kernel.pathnames == ["/first"])
      expectError(.unsupported) { () throws(IOError) in try kernel.bind(raw, to: anyPort) }
      expectError(.unsupported) { () throws(IOError) in try kernel.connect(raw, to: anyPort) }
      expectError(.unsupported) { () throws(IOError) in _ = try kernel.localAddress(of: raw) as SocketAddress }
      let tcp = try kernel.openSocket(.ipv4, .stream)
      expectError(.unsupported) { () throws(IOError) in try kernel.bind(tcp, to: unixPath("/third")) }
      expectError(.unsupported) { () throws(IOError) in try kernel.connect(tcp, to: unixPath("/first")) }
      expectError(.unsupported) { () throws(IOError) in _ = try kernel.localAddress(of: tcp) as UnixAddress }
    }
  }
}

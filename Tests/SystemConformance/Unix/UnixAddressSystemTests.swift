import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("UDS: addresses of the system", .backend)
struct UnixAddressSystemTests {
  @Test("UDS-16 The length of an address: a path with its terminator, an abstract name with its zero before")
  func lengths() throws(IOError) {
    let offset = system_path_offset
    #expect(try UnixAddress.unnamed.systemLength() == offset)
    // A path that fills the address has no terminator.
    let longest = try UnixAddress(pathname: String(repeating: "a", count: 108))
    #expect(try longest.systemLength() == offset + 108)
    for count in [1, 2, 8, 106, 107] {
      let name = String(repeating: "a", count: count)
      #expect(try UnixAddress(pathname: name).systemLength() == offset + Int32(count) + 1)
      #expect(try UnixAddress(abstractName: name).systemLength() == offset + 1 + Int32(count))
    }
    #expect(try UnixAddress(abstractName: "").systemLength() == offset + 1)
  }

  @Test("UDS-16 What is laid out for the system is read back as the same address", arguments: [7 as UInt64, 20_260])
  func layout(seed: UInt64) throws(IOError) {
    var random = SystemSeed(state: seed)
    for _ in 0..<500 {
      let isAbstract = random.next(2) == 0
      let name = (0..<(isAbstract ? random.next(108) : 1 + random.next(108))).map { _ in
        UInt8(isAbstract ? random.next(256) : 1 + random.next(255))
      }
      let address = isAbstract ? try UnixAddress(abstractName: name.span) : try UnixAddress(pathname: name.span)
      let length = try address.systemLength()
      #expect(relaid(address, length: length) == address, "seed \(seed): \(name)")
      // Some systems do not count the terminator of a path, which one that fills the address does not have.
      if !isAbstract, name.count < 108 {
        #expect(relaid(address, length: length - 1) == address, "seed \(seed): \(name)")
      }
    }
  }

  @Test("UDS-16 Nothing, and a family alone, is unnamed; another family is no address")
  func unnamed() throws(IOError) {
    let offset = system_path_offset
    let address = try UnixAddress(pathname: "abc")
    #expect(relaid(address, length: 0) == .unnamed)
    #expect(relaid(address, length: offset) == .unnamed)
    // What lies behind the length does not count, what lies behind the terminator neither.
    #expect(try relaid(address, length: offset + 2) == UnixAddress(pathname: "ab"))
    #expect(relaid(address, length: offset + 108) == address)
    #expect(relaid(address, length: offset + 1_000) == address)
    #expect(UnixAddress(ofInternetFamily(.init(address)), length: offset + 4) == nil)
  }

  /// Lays an address out for the system, and reads it back.
  private func relaid(_ address: UnixAddress, length: Int32) -> UnixAddress? {
    UnixAddress(.init(address), length: length)
  }

  /// Changes the family of an address as the system lays it out.
  private func ofInternetFamily<Raw: BitwiseCopyable>(_ raw: Raw) -> Raw {
    var raw = raw
    // Safety: the value is an address, and has room for the family.
    unsafe system_set_family(&raw, AF_INET)
    return raw
  }

  @Test(
    "UDS-15 Every byte of an abstract name survives binding, and is told to peers",
    arguments: [0, 0x41, 0xFF] as [UInt8])
  func abstractBytes(first: UInt8) throws(IOError) {
    let folder = try TemporaryFolder()
    // All byte values, in names of the greatest length; the folder's path makes them unique.
    for start in stride(from: 0, to: 256, by: 64) {
      var name = [first] + (start..<start + 64).map { UInt8($0) } + Array(folder.path.utf8)
      while name.count < 107 { name.append(0) }
      let address = try UnixAddress(abstractName: name.span)
      let listener = try UnixListener(bindingTo: address)
      #expect(try listener.localAddress == address)
      #expect(try listener.localAddress.abstractName == name)
      try expectAcceptance(by: listener)
    }
    // The shortest of its kind, a zero alone after the zero, might be somebody else's: only one with the path is used.
    let short = try UnixAddress(abstractName: ([first, 0] + Array(folder.path.utf8)).span)
    let listener = try UnixListener(bindingTo: short)
    #expect(try listener.localAddress == short)
    #expect(folder.names == [])
  }

  @Test("UDS-16 A path that fills the address to its last byte can be bound, connected and sent to")
  func fullPath() throws(IOError) {
    let folder = try TemporaryFolder()
    var name = Array((folder.path + "/").utf8)
    while name.count < 108 { name.append(UInt8(ascii: "p")) }
    let address = try UnixAddress(pathname: name.span)
    let receiver = try UnixDatagramSocket(bindingTo: folder.address())
    let sender = try UnixDatagramSocket(bindingTo: address)
    #expect(try sender.localAddress == address)
    #expect(try sender.localAddress.pathname == String(decoding: name, as: UTF8.self))
    _ = try sender.send([1].span, to: receiver.localAddress)
    var buffer: [UInt8] = [0]
    #expect(try receiver.receive(into: buffer.mutableSpan)?.source == address)
    _ = try receiver.send([2].span, to: address)
    try receiver.connect(to: address)
    #expect(try receiver.peerAddress == address)
    #expect(try UnixAddress(receiver.peerAddress.description) == address)
  }

  @Test("UDS-13 A client that is bound is told by its name on accepting", arguments: [false, true])
  func boundClient(isAbstract: Bool) throws(IOError) {
    let folder = try TemporaryFolder()
    let name = try clientAddress(in: folder, isAbstract: isAbstract)
    let listener = try UnixListener(bindingTo: folder.address())
    let descriptor = try checked(system_stream_socket(AF_UNIX))
    let client = UnixStream(adopting: OwnedDescriptor(adopting: descriptor))
    try SystemKernel().bind(descriptor, to: name)
    try SystemKernel().connect(descriptor, to: folder.address())
    let accepted = try listener.acceptWhenReady()
    #expect(accepted.peerAddress == name)
    #expect(try accepted.stream.peerAddress == name)
    #expect(try client.localAddress == name)
  }

  @Test("UDS-17 A sender with an abstract name is told by it", arguments: [false, true])
  func boundSender(isAbstract: Bool) throws(IOError) {
    let folder = try TemporaryFolder()
    let name = try clientAddress(in: folder, isAbstract: isAbstract)
    let receiver = try UnixDatagramSocket(bindingTo: folder.address())
    let sender = try UnixDatagramSocket(bindingTo: name)
    _ = try sender.send([1, 2].span, to: folder.address())
    let received = try receiver.receiveNow()
    #expect(received.bytes == [1, 2] && received.source == name)
    _ = try receiver.send([3].span, to: received.source)
    #expect(try sender.receiveNow().source == folder.address())
  }

  private func clientAddress(in folder: borrowing TemporaryFolder, isAbstract: Bool) throws(IOError) -> UnixAddress {
    guard isAbstract else { return try folder.address("client") }
    return try UnixAddress(abstractName: ([0, 0, 0xFF] + Array(folder.path.utf8) + [0]).span)
  }

  @Test("UDS-24 The longest path that an address holds can be bound and connected to")
  func longestPath() throws(IOError) {
    let folder = try TemporaryFolder()
    let name = String(repeating: "a", count: 108 - folder.path.utf8.count - 1)
    let address = try folder.address(name)
    #expect(address.name.count == 108)
    let listener = try UnixListener(bindingTo: address)
    #expect(try listener.localAddress == address)
    #expect(folder.names == [name])
    let client = try UnixStream(connectingTo: address)
    #expect(try client.peerAddress == address)
    expectError(.invalidInput) { () throws(IOError) in try folder.address(name + "a") }
  }

  @Test("Every byte that a file's name can have survives binding to a path")
  func pathBytes() throws(IOError) {
    let folder = try TemporaryFolder()
    for start in stride(from: 1, to: 256, by: 51) {
      let bytes = (start..<start + 51).map { UInt8($0) }.filter { $0 != UInt8(ascii: "/") }
      let path = Array((folder.path + "/").utf8) + bytes
      let address = try UnixAddress(pathname: path.span)
      do {
        let listener = try UnixListener(bindingTo: address)
        #expect(try listener.localAddress == address)
        let client = try UnixStream(connectingTo: address)
        #expect(try client.peerAddress == address)
      }
      // The folder removes what has a name in UTF-8.
      // Safety: the path ends in a zero.
      try checked(unsafe system_remove_file(path + [0]))
    }
  }
}

/// A small generator of reproducible numbers.
private struct SystemSeed {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}

import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("Addresses in the layout of sockaddr", .backend)
struct SockaddrTests {
  @Test(
    "An IP address is laid out as the system's structures have it, and read back",
    arguments: ["192.0.2.1:80", "0.0.0.0:0", "[2001:db8::1]:443", "[fe80::1%2]:65535"])
  func internet(_ text: String) throws(IOError) {
    let address = try required(SocketAddress(text))
    var storage = makeStorage()
    let length = try copy(address, to: &storage)
    // Safety: the storage has room for every address, and the octets of an IPv6 address are 16 bytes.
    var expected = makeStorage()
    let expectedLength =
      switch address {
      case .v4(let ip, let port): unsafe system_lay_out_v4(&expected, ip.rawValue, port)
      case .v6(let ip, let port, let flowInfo, let scopeID):
        unsafe system_lay_out_v6(&expected, (0..<16).map { ip.octets[$0] }, port, flowInfo, scopeID)
      }
    #expect(length == expectedLength && storage == expected)
    #expect(try read(storage, length) == address)
    // A whole storage is read as well.
    #expect(try read(storage, storage.count) == address)
    expectError(.unsupported) { () throws(IOError) in try read(storage, length) as UnixAddress }
  }

  @Test("The flow label is a part of the layout")
  func flowInfo() throws(IOError) {
    let address = SocketAddress(IPv6Address.loopback, port: 1, flowInfo: 0x12345, scopeID: 7)
    var storage = makeStorage()
    let length = try copy(address, to: &storage)
    #expect(try read(storage, length) == address)
  }

  @Test("A Unix-domain address of each form is laid out, and read back")
  func unixDomain() throws(IOError) {
    let paths = try [UnixAddress(pathname: "/run/a"), UnixAddress(pathname: String(repeating: "a", count: 108))]
    let names =
      Backend.hasAbstractNames
      ? try [UnixAddress(abstractName: "name"), UnixAddress(abstractName: String(repeating: "\0", count: 107))] : []
    for address in paths + names + [.unnamed] {
      var storage = makeStorage()
      let length = try copy(address, to: &storage)
      #expect(try length == Int(address.systemLength()))
      #expect(unsafe system_family(storage) == AF_UNIX)
      #expect(try read(storage, length) == address)
      expectError(.unsupported) { () throws(IOError) in try read(storage, max(length, 28)) as SocketAddress }
    }
    // A path name ends at its terminator.
    var storage = makeStorage()
    _ = try copy(paths[0], to: &storage)
    #expect(try read(storage, storage.count) == paths[0])
  }

  @Test("Too few bytes, and bytes of another family, are refused")
  func refuses() throws(IOError) {
    var storage = makeStorage()
    for text in ["192.0.2.1:80", "[2001:db8::1]:443"] {
      let length = try copy(required(SocketAddress(text)), to: &storage)
      for short in 0..<length {
        expectError(.invalidInput) { () throws(IOError) in try read(storage, short) as SocketAddress }
      }
    }
    #expect(try read(storage, 0) == UnixAddress.unnamed)
    expectError(.invalidInput) { () throws(IOError) in try read(storage, 1) as UnixAddress }
    expectError(.unsupported) { () throws(IOError) in try read(storage, 2) as UnixAddress }
    unsafe system_set_family(&storage, AF_APPLETALK)
    let size = storage.count
    expectError(.unsupported) { () throws(IOError) in try read(storage, size) as SocketAddress }
    expectError(.unsupported) { () throws(IOError) in try read(storage, size) as UnixAddress }
    unsafe system_set_family(&storage, AF_UNIX)
    #expect(try read(storage, 2) == UnixAddress.unnamed)
  }

  @Test("A buffer that is too small is refused and unchanged, and bytes behind the address stay")
  func smallBuffers() throws(IOError) {
    let path = try UnixAddress(pathname: "/run/a").erased
    let internet = try [required(SocketAddress("1.2.3.4:5")), required(SocketAddress("[::1]:5"))].map(\.erased)
    for (erased, length) in zip(internet + [path], [16, 28, 9]) {
      for count in 0..<40 {
        var bytes = [UInt8](repeating: 0xAA, count: count)
        var copied = -1
        do throws(IOError) { copied = try copy(erased, to: &bytes) } catch { #expect(error.kind == .invalidInput) }
        #expect(copied == (count < length ? -1 : length))
        #expect(bytes[max(0, copied)...].allSatisfy { $0 == 0xAA })
        // An address may lie at any place.
        guard copied >= 0, case .internet(let address) = erased else { continue }
        let shifted = [0] + bytes
        // Safety: the bytes of integers are initialized; likewise below.
        let span = unsafe shifted.span.bytes.extracting(droppingFirst: 1)
        #expect(try SocketAddress(sockaddr: span) == address)
      }
    }
  }

  @Test("The system takes a laid-out address, and the one that it returns is read")
  func system() throws(IOError) {
    let descriptor = try opened(system_stream_socket(AF_INET))
    var storage = makeStorage()
    let length = try copy(SocketAddress(IPv4Address.loopback, port: 0), to: &storage)
    // Safety: the storage has room for every address.
    let returned = try checked(unsafe system_bind(descriptor.rawDescriptor, &storage, Int32(length)))
    let address: SocketAddress = try read(storage, Int(returned))
    #expect(address.isLoopback && address.port != 0)
    let listener = TCPListener(adopting: descriptor)
    #expect(try listener.localAddress == address)
  }

  /// Makes bytes with room for every address.
  private func makeStorage() -> [UInt8] { [UInt8](repeating: 0, count: Int(system_address_capacity)) }

  private func copy<A: EndpointAddress>(_ address: A, to storage: inout [UInt8]) throws(IOError) -> Int {
    try copy(address.erased, to: &storage)
  }

  private func copy(_ address: AnyEndpointAddress, to array: inout [UInt8]) throws(IOError) -> Int {
    var span = array.mutableSpan
    var bytes = unsafe span.mutableBytes
    switch address {
    case .internet(let address): return try address.copySockaddr(into: &bytes)
    case .unix(let address): return try address.copySockaddr(into: &bytes)
    }
  }

  private func read<A: EndpointAddress>(_ storage: [UInt8], _ length: Int) throws(IOError) -> A {
    // Safety: the bytes of integers are initialized.
    try A(sockaddr: unsafe storage.span.bytes.extracting(first: length))
  }
}

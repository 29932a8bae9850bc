import Glibc
import MetalCore
import MetalSystem
import Testing

@Suite("Addresses in the layout of sockaddr", .backend)
struct SockaddrTests {
  @Test(
    "An IP address is laid out as the system's structures have it, and read back",
    arguments: ["192.0.2.1:80", "0.0.0.0:0", "[2001:db8::1]:443", "[fe80::1%2]:65535"])
  func internet(_ text: String) throws {
    let address = try SocketAddress(parsing: text)
    var storage = sockaddr_storage()
    let length = try copy(address, to: &storage)
    switch address {
    case .v4(let ip, let port):
      let raw = load(storage, as: sockaddr_in.self)
      #expect(length == MemoryLayout<sockaddr_in>.size && Int32(raw.sin_family) == AF_INET)
      #expect(raw.sin_port == port.bigEndian && raw.sin_addr.s_addr == ip.rawValue.bigEndian)
    case .v6(let ip, let port, let flowInfo, let scopeID):
      let raw = load(storage, as: sockaddr_in6.self)
      #expect(length == MemoryLayout<sockaddr_in6>.size && Int32(raw.sin6_family) == AF_INET6)
      #expect(raw.sin6_port == port.bigEndian && raw.sin6_flowinfo == flowInfo.bigEndian)
      #expect(raw.sin6_scope_id == scopeID)
      // Safety: both are 16 bytes of any value.
      #expect(IPv6Address(octets: unsafe unsafeBitCast(raw.sin6_addr, to: InlineArray<16, UInt8>.self)) == ip)
    }
    #expect(try read(storage, length) == address)
    // A whole storage is read as well.
    #expect(try read(storage, MemoryLayout<sockaddr_storage>.size) == address)
    expectError(.unsupported) { () throws(IOError) in try read(storage, length) as UnixAddress }
  }

  @Test("The flow label is a part of the layout")
  func flowInfo() throws {
    let address = SocketAddress(IPv6Address.loopback, port: 1, flowInfo: 0x12345, scopeID: 7)
    var storage = sockaddr_storage()
    let length = try copy(address, to: &storage)
    #expect(try read(storage, length) == address)
  }

  @Test("A Unix-domain address of each form is laid out, and read back")
  func unixDomain() throws {
    let paths = try [UnixAddress(pathname: "/run/a"), UnixAddress(pathname: String(repeating: "a", count: 108))]
    let names = try [UnixAddress(abstractName: "name"), UnixAddress(abstractName: String(repeating: "\0", count: 107))]
    for address in paths + names + [.unnamed] {
      var storage = sockaddr_storage()
      let length = try copy(address, to: &storage)
      #expect(try length == Int(address.systemLength()))
      #expect(load(storage, as: sa_family_t.self) == sa_family_t(AF_UNIX))
      #expect(try read(storage, length) == address)
      expectError(.unsupported) { () throws(IOError) in try read(storage, max(length, 28)) as SocketAddress }
    }
    // A path name ends at its terminator.
    var storage = sockaddr_storage()
    _ = try copy(paths[0], to: &storage)
    #expect(try read(storage, MemoryLayout<sockaddr_storage>.size) == paths[0])
  }

  @Test("Too few bytes, and bytes of another family, are refused")
  func refuses() throws {
    var storage = sockaddr_storage()
    for text in ["192.0.2.1:80", "[2001:db8::1]:443"] {
      let length = try copy(SocketAddress(parsing: text), to: &storage)
      for short in 0..<length {
        expectError(.invalidInput) { () throws(IOError) in try read(storage, short) as SocketAddress }
      }
    }
    #expect(try read(storage, 0) == UnixAddress.unnamed)
    expectError(.invalidInput) { () throws(IOError) in try read(storage, 1) as UnixAddress }
    expectError(.unsupported) { () throws(IOError) in try read(storage, 2) as UnixAddress }
    storage.ss_family = sa_family_t(AF_NETLINK)
    let size = MemoryLayout<sockaddr_storage>.size
    expectError(.unsupported) { () throws(IOError) in try read(storage, size) as SocketAddress }
    expectError(.unsupported) { () throws(IOError) in try read(storage, size) as UnixAddress }
    storage.ss_family = sa_family_t(AF_UNIX)
    #expect(try read(storage, 2) == UnixAddress.unnamed)
  }

  @Test("A buffer that is too small is refused and unchanged, and bytes behind the address stay")
  func smallBuffers() throws {
    let path = try UnixAddress(pathname: "/run/a").erased
    let internet = try [SocketAddress(parsing: "1.2.3.4:5"), SocketAddress(parsing: "[::1]:5")].map(\.erased)
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
  func system() throws {
    let descriptor = OwnedDescriptor(adopting: try SystemCall.check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)))
    var storage = sockaddr_storage()
    let length = try copy(SocketAddress(IPv4Address.loopback, port: 0), to: &storage)
    var returned = socklen_t(MemoryLayout<sockaddr_storage>.size)
    // Safety: the storage has room for every address, and its size is given.
    try unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        _ = try SystemCall.check(unsafe bind(descriptor.rawDescriptor, pointer, socklen_t(length)))
        _ = try SystemCall.check(unsafe getsockname(descriptor.rawDescriptor, pointer, &returned))
      }
    }
    let address: SocketAddress = try read(storage, Int(returned))
    #expect(address.isLoopback && address.port != 0)
    let listener = TCPListener(adopting: descriptor)
    #expect(try listener.localAddress == address)
  }

  private func copy<A: EndpointAddress>(_ address: A, to storage: inout sockaddr_storage) throws(IOError) -> Int {
    // Safety: the bytes are lent for the call.
    try unsafe withUnsafeMutableBytes(of: &storage) { buffer throws(IOError) in
      var bytes = unsafe buffer.mutableBytes
      return try address.copySockaddr(into: &bytes)
    }
  }

  private func copy(_ address: AnyEndpointAddress, to array: inout [UInt8]) throws(IOError) -> Int {
    var span = array.mutableSpan
    var bytes = unsafe span.mutableBytes
    switch address {
    case .internet(let address): return try address.copySockaddr(into: &bytes)
    case .unix(let address): return try address.copySockaddr(into: &bytes)
    }
  }

  private func read<A: EndpointAddress>(_ storage: sockaddr_storage, _ length: Int) throws(IOError) -> A {
    // Safety: the bytes are lent for the call.
    try unsafe withUnsafeBytes(of: storage) { buffer throws(IOError) in
      try A(sockaddr: unsafe buffer.bytes.extracting(first: length))
    }
  }

  private func load<T>(_ storage: sockaddr_storage, as type: T.Type) -> T {
    // Safety: the structures are integers, no larger than the storage, and no more aligned.
    unsafe withUnsafeBytes(of: storage) { buffer in unsafe buffer.load(as: type) }
  }
}

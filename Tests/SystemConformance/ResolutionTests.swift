import CSystem
import MetalCore
import MetalSystem
import Testing

/// None of these asks a server, except for a name that no server knows.
@Suite("Resolving names", .backend)
struct ResolutionTests {
  @Test(
    "An IP address is resolved to itself, with the port",
    arguments: ["192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::ffff:192.0.2.1"])
  func numericHosts(_ host: String) throws(ResolutionError) {
    let addresses = try SocketAddress.resolve(host, port: 8_080)
    let four = IPv4Address(host).map { SocketAddress($0, port: 8_080) }
    let six = IPv6Address(host).map { SocketAddress($0, port: 8_080) }
    #expect(addresses.count == 1 && addresses.first == four ?? six)
  }

  @Test("A port in decimal is a service", arguments: [SocketKind.stream, .datagram])
  func numericServices(kind: SocketKind) throws(ResolutionError) {
    for port in [0, 1, 80, 65_535] as [UInt16] {
      let addresses = try SocketAddress.resolve("192.0.2.1", service: "\(port)", kind: kind)
      #expect(addresses == [SocketAddress(IPv4Address(192, 0, 2, 1), port: port)])
    }
  }

  @Test("A link-local address may have a scope: the number of an interface, or its name")
  func scopes() throws(ResolutionError) {
    let address = IPv6Address(0xFE80, 0, 0, 0, 0, 0, 0, 1)
    let numbered = try SocketAddress.resolve("fe80::1%7", port: 80)
    #expect(numbered == [SocketAddress(address, port: 80, scopeID: 7)])
    #if !METAL_WINDOWS
    // Every Linux has this interface, if it has IPv6 or not.
    let number = system_loopback()
    guard number != 0 else { return }
    #expect(try SocketAddress.resolve("fe80::1%lo", port: 80) == [SocketAddress(address, port: 80, scopeID: number)])
    #endif
  }

  @Test("localhost is this machine, once for each family that it has there")
  func localhost() throws(ResolutionError) {
    let addresses = try SocketAddress.resolve("localhost", port: 80)
    #expect(!addresses.isEmpty && addresses.allSatisfy { $0.isLoopback && $0.port == 80 })
    #expect(Set(addresses).count == addresses.count)
    let four = try SocketAddress.resolve("localhost", port: 80, family: .ipv4)
    #expect(four == [SocketAddress(IPv4Address.loopback, port: 80)])
    let datagrams = try SocketAddress.resolve("localhost", service: "80", family: .ipv4, kind: .datagram)
    #expect(datagrams == four)
  }

  @Test(
    "A family leaves out addresses of the other, and Unix-domain sockets have no names",
    .enabled(if: !Backend.isWine, "Wine 8 returns the error number of Linux."))
  func families() throws(ResolutionError) {
    #expect(try SocketAddress.resolve("::1", port: 1, family: .ipv6) == [SocketAddress(IPv6Address.loopback, port: 1)])
    expect([.nameNotFound]) { () throws(ResolutionError) in
      try SocketAddress.resolve("192.0.2.1", port: 1, family: .ipv6)
    }
    expect([.nameNotFound]) { () throws(ResolutionError) in try SocketAddress.resolve("::1", port: 1, family: .ipv4) }
    expect([.unsupported]) { () throws(ResolutionError) in
      try SocketAddress.resolve("localhost", port: 1, family: .unix)
    }
  }

  @Test("The name of a service is its port", .enabled(if: unsafe system_has_service("http")))
  func services() throws(ResolutionError) {
    let addresses = try SocketAddress.resolve("192.0.2.1", service: "http")
    #expect(addresses == [SocketAddress(IPv4Address(192, 0, 2, 1), port: 80)])
  }

  @Test("A service that does not exist, or not for the kind, is not found")
  func unknownServices() {
    // Which of the two it is depends on the system.
    for service in ["no-such-service", "65536", "-1", "80 "] {
      expect([.serviceNotFound, .nameNotFound]) { () throws(ResolutionError) in
        let addresses = try SocketAddress.resolve("192.0.2.1", service: service)
        // glibc takes the last 16 bits of any number.
        guard Int(service) == nil else { throw ResolutionError(code: system_no_service, errorNumber: 0) }
        return addresses
      }
    }
  }

  @Test("A name that cannot exist (RFC 6761) is not found, or no server answers", arguments: unknownNames)
  func unknownHosts(host: String) {
    expect([.nameNotFound, .temporaryFailure]) { () throws(ResolutionError) in
      try SocketAddress.resolve(host, port: 80)
    }
  }

  @Test(
    "Text with a port, brackets or spaces is no name",
    arguments: malformedNames)
  func malformedHosts(host: String) {
    expect([.nameNotFound, .temporaryFailure]) { () throws(ResolutionError) in
      try SocketAddress.resolve(host, port: 80, family: .ipv6)
    }
  }

  @Test("A name with a zero byte is refused, and not cut there")
  func zeroBytes() {
    for host in ["localhost\0", "127.0.0.1\0.invalid", "\0"] {
      expect([.invalidInput]) { () throws(ResolutionError) in try SocketAddress.resolve(host, port: 80) }
      expect([.invalidInput]) { () throws(ResolutionError) in try SocketAddress.resolve(host, service: "80") }
    }
    expect([.invalidInput]) { () throws(ResolutionError) in try SocketAddress.resolve("127.0.0.1", service: "80\0") }
  }

  @Test("A result can be connected to")
  func connects() throws(IOError) {
    let listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    let port = try listener.localAddress.port
    var address: SocketAddress?
    do throws(ResolutionError) {
      address = try SocketAddress.resolve("localhost", port: port, family: .ipv4).first
    } catch {
      Issue.record("\(error)")
    }
    let client = try TCPStream(connectingTo: try required(address))
    #expect(try client.peerAddress == listener.localAddress)
  }

  #if !METAL_WINDOWS
  @Test("Every code has its kind, and an error the system's words, its number, and for EAI_SYSTEM the errno")
  func errors() {
    let kinds: [(Int32, ResolutionError.Kind)] = [
      (EAI_NONAME, .nameNotFound), (EAI_SERVICE, .serviceNotFound), (EAI_AGAIN, .temporaryFailure),
      (EAI_FAIL, .permanentFailure), (EAI_FAMILY, .unsupported), (EAI_SOCKTYPE, .unsupported),
      (EAI_BADFLAGS, .unsupported), (EAI_OVERFLOW, .invalidInput), (EAI_MEMORY, .outOfMemory), (12_345, .other),
      (-5, .nameNotFound), (-9, .nameNotFound),
    ]
    for (code, kind) in kinds {
      let error = ResolutionError(code: code, errorNumber: ENOENT)
      #expect(error.kind == kind && error.code == code && error.systemError == nil)
      #expect(error.description.hasSuffix(" (getaddrinfo \(code))"))
      // Safety: the system's words end with a zero, and stay.
      let words = unsafe String(cString: gai_strerror(code))
      #expect(error.description.hasPrefix(words))
    }
    let system = ResolutionError(code: EAI_SYSTEM, errorNumber: EMFILE)
    #expect(system.kind == .system && system.systemError == IOError(.tooManyOpenFiles, code: EMFILE))
    #expect(system.description.hasSuffix(": \(IOError(.tooManyOpenFiles, code: EMFILE))"))
    #expect(Set((kinds.map(\.1) + [.system]).map(\.description)).count == 9)
  }
  #endif

  @Test("A catch matches by kind, with the type's name also among other errors")
  func matching() {
    do throws(ResolutionError) {
      _ = try SocketAddress.resolve("\0", port: 80)
    } catch .temporaryFailure {
      Issue.record("it is of another kind")
    } catch .invalidInput {
      // As it should.
    } catch {
      Issue.record("it is of another kind")
    }
    // A name that both types of errors have is that of the type that is thrown.
    do throws(IOError) {
      _ = try UnixAddress(pathname: "")
    } catch .invalidInput {
      // As it should.
    } catch {
      Issue.record("it is of another kind")
    }
    #if !hasFeature(Embedded)
    do {
      _ = try TCPStream(connectingTo: SocketAddress.resolve("\0", port: 80)[0])
    } catch ResolutionError.Kind.invalidInput {
      // As it should.
    } catch {
      Issue.record("\(error)")
    }
    #endif
  }

  private func expect(
    _ kinds: [ResolutionError.Kind], sourceLocation: SourceLocation = #_sourceLocation,
    _ resolve: () throws(ResolutionError) -> [SocketAddress]
  ) {
    do throws(ResolutionError) {
      let addresses = try resolve()
      Issue.record("resolved to \(addresses)", sourceLocation: sourceLocation)
    } catch {
      #expect(kinds.contains(error.kind), "\(error)", sourceLocation: sourceLocation)
    }
  }
}

// On Windows, the empty name means this machine, and brackets may enclose a literal address.
#if METAL_WINDOWS
private let unknownNames = ["name.invalid"]
private let malformedNames = ["127.0.0.1:80", " ", "a b", "::1%no such"]
#else
private let unknownNames = ["name.invalid", ""]
private let malformedNames = ["127.0.0.1:80", "[::1]", " ", "a b", "::1%no such"]
#endif

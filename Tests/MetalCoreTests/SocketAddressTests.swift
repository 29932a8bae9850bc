import MetalCore
import Testing

@Suite("SocketAddress")
struct SocketAddressTests {
  @Test(
    "An address with a port is read, and written in canonical form",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1:80"), ("0.0.0.0:0", "0.0.0.0:0"),
      ("255.255.255.255:65535", "255.255.255.255:65535"),
      ("[::]:0", "[::]:0"), ("[::1]:80", "[::1]:80"), ("[2001:DB8:0:0:0:0:0:1]:443", "[2001:db8::1]:443"),
      ("[::ffff:1.2.3.4]:1", "[::ffff:1.2.3.4]:1"), ("[fe80::1%2]:80", "[fe80::1%2]:80"),
      ("[fe80::1%4294967295]:80", "[fe80::1%4294967295]:80"), ("[fe80::1%0]:80", "[fe80::1]:80"),
    ])
  func readsValidText(_ text: String, _ canonical: String) throws {
    let address = try #require(SocketAddress(text))
    #expect(address.description == canonical)
    #expect(SocketAddress(canonical) == address)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", ":", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:65536", "127.0.0.1:99999999999999999999",
      "127.0.0.1:080",
      "127.0.0.1:00", "127.0.0.1:+80", "127.0.0.1:-1", "127.0.0.1: 80", "127.0.0.1 :80", "127.0.0.1:80 ",
      "127.0.0.1:8a",
      "127.0.0.1:80:", "127.0.0.1::80", "[127.0.0.1]:80", "127.0.0.1%1:80", "::1:80", "::1", "[::1]",
      "[::1]:", "[::1]80",
      "[::1:80", "::1]:80", "[]:80", "[", "[::1]:65536", "[::1]:080", "[[::1]]:80", "[::1]:80]",
      "[fe80::1%]:80",
      "[fe80::1%eth0]:80", "[fe80::1%02]:80", "[fe80::1%4294967296]:80", "[fe80::1%-1]:80",
      "[fe80::1%2%3]:80",
      "[%2]:80", "[::1]%2:80", "[ ::1]:80", "[::1]:80\0", "[::1]:８０", "localhost:80", "example.com:80",
    ])
  func refusesMalformedText(_ text: String) {
    #expect(SocketAddress(text) == nil)
  }

  @Test("Every address survives writing and reading", arguments: [0x1234 as UInt64, 99, 20_260])
  func survivesRoundTrip(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<2_000 {
      let address = randomAddress(using: &random)
      #expect(SocketAddress(address.description) == address, "seed \(seed): \(address)")
      #expect(SocketAddress(address.description.dropLast(0)) == address, "seed \(seed): \(address)")
    }
  }

  private func randomAddress(using random: inout SplitMix64) -> SocketAddress {
    let port = UInt16.random(in: 0...UInt16.max, using: &random)
    guard Bool.random(using: &random) else {
      return SocketAddress(IPv4Address(rawValue: UInt32.random(in: 0...UInt32.max, using: &random)), port: port)
    }
    let high = Bool.random(using: &random) ? 0 : random.next()
    let scopeID = Bool.random(using: &random) ? 0 : UInt32.random(in: 0...UInt32.max, using: &random)
    return SocketAddress(IPv6Address(high: high, low: random.next()), port: port, scopeID: scopeID)
  }

  @Test("The flow label is no part of the text")
  func losesFlowInfoInText() {
    let address = SocketAddress(IPv6Address.loopback, port: 80, flowInfo: 7, scopeID: 3)
    #expect(address.description == "[::1%3]:80")
    #expect(SocketAddress(address.description) == SocketAddress(IPv6Address.loopback, port: 80, scopeID: 3))
    #expect(SocketAddress(address.description) != address)
  }

  @Test("The port can be read and replaced; nothing else changes")
  func replacesPort() {
    var four = SocketAddress(IPv4Address(1, 2, 3, 4), port: 5)
    #expect(four.port == 5)
    four.port = 6
    #expect(four == .v4(IPv4Address(1, 2, 3, 4), port: 6))
    var six = SocketAddress(IPv6Address.loopback, port: 5, flowInfo: 7, scopeID: 8)
    #expect(six.port == 5)
    six.port = 6
    #expect(six == .v6(.loopback, port: 6, flowInfo: 7, scopeID: 8))
  }

  @Test("Predicates ask the address of either family")
  func knowsItsAddress() {
    let four = SocketAddress(IPv4Address.loopback, port: 1)
    let six = SocketAddress(IPv6Address.loopback, port: 1)
    #expect(four.isIPv4 && !four.isIPv6 && six.isIPv6 && !six.isIPv4)
    #expect(four.isLoopback && six.isLoopback && !four.isUnspecified && !six.isUnspecified)
    #expect(SocketAddress(IPv4Address.unspecified, port: 1).isUnspecified)
    #expect(SocketAddress(IPv6Address.unspecified, port: 1).isUnspecified)
    #expect(SocketAddress(IPv4Address(224, 0, 0, 1), port: 1).isMulticast && !four.isMulticast)
    #expect(SocketAddress(IPv6Address(high: 0xFF02 << 48, low: 1), port: 1).isMulticast && !six.isMulticast)
  }

  @Test("Addresses compare and hash by value: IPv4 first, then by address, then by port")
  func comparesAndHashes() {
    let none = IPv6Address.unspecified
    let sorted: [SocketAddress] = [
      SocketAddress(IPv4Address.unspecified, port: 9), SocketAddress(IPv4Address.loopback, port: 1),
      SocketAddress(IPv4Address.loopback, port: 2), SocketAddress(none, port: 0),
      SocketAddress(none, port: 1), SocketAddress(none, port: 1, scopeID: 1),
      SocketAddress(none, port: 1, flowInfo: 1), SocketAddress(IPv6Address.loopback, port: 0),
    ]
    #expect(sorted.reversed().sorted() == sorted)
    #expect(Set(sorted + sorted).count == sorted.count)
  }

  @Test("An address fits in 32 bytes")
  func isSmall() {
    #expect(MemoryLayout<SocketAddress>.size <= 32)
    #expect(MemoryLayout<SocketAddress>.stride == 32)
  }
}

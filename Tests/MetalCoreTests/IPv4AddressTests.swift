import MetalCore
import Testing

@Suite("IPv4Address")
struct IPv4AddressTests {
  @Test(
    "Four strict decimal octets are read, and written the same way",
    arguments: [
      ("0.0.0.0", 0), ("127.0.0.1", 0x7F00_0001), ("255.255.255.255", 0xFFFF_FFFF), ("1.2.3.4", 0x0102_0304),
      ("192.168.10.99", 0xC0A8_0A63), ("100.200.0.9", 0x64C8_0009),
    ] as [(String, UInt32)])
  func readsValidText(_ text: String, _ rawValue: UInt32) throws {
    let address = try #require(IPv4Address(text))
    #expect(address.rawValue == rawValue)
    #expect(address.description == text)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", ".", "...", "1", "1.2", "1.2.3", "1.2.3.", "1.2.3.4.", ".1.2.3.4", "1.2.3.4.5", "1..2.3",
      "256.0.0.1",
      "1.2.3.256", "1.2.3.999999999999999999999999", "01.2.3.4", "1.2.3.00", "00.0.0.0", "0001.2.3.4",
      " 1.2.3.4",
      "1.2.3.4 ", "1. 2.3.4", "1.2.3.4\n", "+1.2.3.4", "-1.2.3.4", "1.2.3.-4", "0x7f.0.0.1", "a.b.c.d",
      "1,2,3,4",
      "1.2.3.4\0", "\0", "1.2.3\0.4", "1.2.3.4:80", "1.2.3.4/8", "::1", "１.2.3.4", "1.2.3.４", "1.2.3.٤",
      "1。2.3.4",
      "1.2.3.4\u{301}", "2130706433", "localhost",
    ])
  func refusesMalformedText(_ text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test("Endless text and bytes that are not UTF-8 are refused without a trap")
  func refusesHostileText() {
    #expect(IPv4Address(String(repeating: "1", count: 100_000)) == nil)
    #expect(IPv4Address(String(repeating: "0", count: 100_000)) == nil)
    #expect(IPv4Address(String(repeating: "1.", count: 100_000)) == nil)
    #expect(IPv4Address("1.2.3.4" + String(repeating: "0", count: 100_000)) == nil)
    for byte in UInt8.min...UInt8.max {
      let bytes = [byte, byte, byte]
      #expect(IPv4Address(utf8: bytes.span) == nil)
    }
  }

  @Test("A part of a string and plain bytes are read like a string")
  func readsPartsAndBytes() {
    let line = "host=10.1.2.3;"
    #expect(IPv4Address(line.dropFirst(5).dropLast()) == IPv4Address(10, 1, 2, 3))
    #expect(IPv4Address(line.dropFirst(5)) == nil)
    let bytes = Array("10.1.2.3".utf8)
    #expect(IPv4Address(utf8: bytes.span) == IPv4Address(10, 1, 2, 3))
  }

  @Test("Every address survives writing and reading", arguments: [0x1234 as UInt64, 99, 20_260])
  func survivesRoundTrip(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<2_000 {
      let address = IPv4Address(rawValue: UInt32(truncatingIfNeeded: random.next()))
      #expect(IPv4Address(address.description) == address, "seed \(seed)")
      #expect(IPv4Address(octets: address.octets) == address, "seed \(seed)")
    }
  }

  @Test("Octets are in network byte order")
  func hasNetworkByteOrder() {
    let octets = IPv4Address(1, 2, 3, 4).octets
    #expect(octets.indices.map { octets[$0] } == [1, 2, 3, 4])
  }

  @Test("Addresses compare and hash by value, the first octet first")
  func comparesAndHashes() {
    #expect(IPv4Address(1, 255, 255, 255) < IPv4Address(2, 0, 0, 0))
    #expect(IPv4Address(10, 0, 0, 1) < IPv4Address(10, 0, 0, 2))
    #expect(!(IPv4Address.loopback < .loopback))
    #expect(IPv4Address(127, 0, 0, 1).hashValue == IPv4Address.loopback.hashValue)
    #expect(Set([IPv4Address.unspecified, .loopback, .unspecified]).count == 2)
  }

  @Test("Predicates hold exactly within their blocks")
  func knowsItsBlocks() {
    #expect(IPv4Address.unspecified.isUnspecified && !IPv4Address(0, 0, 0, 1).isUnspecified)
    #expect(IPv4Address.broadcast.isBroadcast && !IPv4Address(255, 255, 255, 254).isBroadcast)
    expectBlock(\.isLoopback, from: IPv4Address(127, 0, 0, 0), to: IPv4Address(127, 255, 255, 255))
    expectBlock(\.isMulticast, from: IPv4Address(224, 0, 0, 0), to: IPv4Address(239, 255, 255, 255))
    expectBlock(\.isLinkLocal, from: IPv4Address(169, 254, 0, 0), to: IPv4Address(169, 254, 255, 255))
    expectBlock(\.isPrivate, from: IPv4Address(10, 0, 0, 0), to: IPv4Address(10, 255, 255, 255))
    expectBlock(\.isPrivate, from: IPv4Address(172, 16, 0, 0), to: IPv4Address(172, 31, 255, 255))
    expectBlock(\.isPrivate, from: IPv4Address(192, 168, 0, 0), to: IPv4Address(192, 168, 255, 255))
  }

  private func expectBlock(_ predicate: KeyPath<IPv4Address, Bool>, from first: IPv4Address, to last: IPv4Address) {
    #expect(first[keyPath: predicate] && last[keyPath: predicate])
    #expect(!IPv4Address(rawValue: first.rawValue - 1)[keyPath: predicate])
    #expect(!IPv4Address(rawValue: last.rawValue + 1)[keyPath: predicate])
  }

  @Test("An address takes four bytes")
  func isSmall() {
    #expect(MemoryLayout<IPv4Address>.size == 4)
    #expect(MemoryLayout<IPv4Address>.alignment == 4)
  }
}

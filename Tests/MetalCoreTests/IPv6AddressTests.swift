import MetalCore
import Testing

@Suite("IPv6Address")
struct IPv6AddressTests {
  @Test(
    "Every form of RFC 4291 is read, and written in the one form of RFC 5952",
    arguments: [
      ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"), ("0:0:0:0:0:0:0:1", "::1"),
      ("0000:0000:0000:0000:0000:0000:0000:0001", "::1"), ("2001:db8::1", "2001:db8::1"),
      ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"),
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
      ("1:0:0:0:2:0:0:0", "1::2:0:0:0"), ("1:0:0:2:0:0:0:0", "1:0:0:2::"),
      ("0:0:1:0:0:2:0:0", "::1:0:0:2:0:0"),
      ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
      ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
      ("1:2:3:4:5:6::", "1:2:3:4:5:6::"), ("::3:4:5:6:7:8", "::3:4:5:6:7:8"),
      ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
      ("ABCD:EF01:2345:6789:abcd:ef01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
      ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
      ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("::FFFF:102:304", "::ffff:1.2.3.4"),
      ("::ffff:0:0", "::ffff:0.0.0.0"),
      ("0:0:0:0:0:ffff:255.255.255.255", "::ffff:255.255.255.255"), ("::1.2.3.4", "::102:304"),
      ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"),
      ("1:2:3:4:5::7.8.9.10", "1:2:3:4:5:0:708:90a"), ("::ffff:0:1.2.3.4", "::ffff:0:102:304"),
      ("1::ffff:1.2.3.4", "1::ffff:102:304"), ("fe80::1", "fe80::1"), ("ff02::1", "ff02::1"),
    ])
  func readsValidText(_ text: String, _ canonical: String) throws {
    let address = try #require(IPv6Address(text))
    #expect(address.description == canonical)
    #expect(IPv6Address(canonical) == address)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", ":", ":::", "::::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", ":2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7:8:",
      "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1::2::3", "::1::",
      "1:::2",
      "::1:", ":::1", "12345::", "::00001", "::g", "::-1", "::+1", "::0x1", " ::1", "::1 ", "::1\n", "::1\0",
      "\0",
      ": :1", "[::1]", "::1%1", "fe80::1%eth0", "::1/128", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256",
      "::1.2.3.04",
      "::01.2.3.4", "1.2.3.4::", "1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::7.8.9.10",
      "1:2:3:4:5:1.2.3.4", "::12345.1.1.1", "::a.1.1.1", "::.1.1.1", "::1..2.3", "::1.2.3.4.", "：：1", "::１",
      "::é",
      "::1\u{301}", "localhost",
    ])
  func refusesMalformedText(_ text: String) {
    #expect(IPv6Address(text) == nil)
  }

  @Test("Endless text and bytes that are not UTF-8 are refused without a trap")
  func refusesHostileText() {
    for part in ["0", "f", ":", "1:", "::", "0:", "::1.", "1.2.3.4:"] {
      #expect(IPv6Address(String(repeating: part, count: 50_000)) == nil)
      #expect(IPv6Address("::" + String(repeating: part, count: 50_000)) == nil)
    }
    for byte in UInt8.min...UInt8.max {
      // Seven of a kind: no digit, no colon and no other byte makes an address of them.
      let bytes = [byte, byte, byte, byte, byte, byte, byte]
      #expect(IPv6Address(utf8: bytes.span) == nil)
    }
  }

  @Test("A part of a string and plain bytes are read like a string")
  func readsPartsAndBytes() {
    let line = "[2001:db8::7]"
    #expect(IPv6Address(line.dropFirst().dropLast())?.description == "2001:db8::7")
    let bytes = Array("::1".utf8)
    #expect(IPv6Address(utf8: bytes.span) == .loopback)
  }

  @Test("Every address survives writing and reading", arguments: [0x1234 as UInt64, 99, 20_260])
  func survivesRoundTrip(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<2_000 {
      // Segments are blanked at random, so that runs of zeros of every length and place occur.
      var segments = InlineArray<8, UInt16>(repeating: 0)
      for index in segments.indices where Bool.random(using: &random) {
        segments[index] = UInt16.random(in: 0...UInt16.max, using: &random)
      }
      let address = IPv6Address(segments: segments)
      let text = address.description
      #expect(IPv6Address(text) == address, "seed \(seed): \(text)")
      #expect(IPv6Address(text.uppercased()) == address, "seed \(seed): \(text)")
      #expect(IPv6Address(segments: address.segments) == address, "seed \(seed): \(text)")
      #expect(IPv6Address(octets: address.octets) == address, "seed \(seed): \(text)")
    }
  }

  @Test("Text made of an address's own characters at random never traps", arguments: [7 as UInt64, 8])
  func survivesRandomText(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let alphabet = Array("::::..01fF25%[]\0é".unicodeScalars)
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...24, using: &random) {
        text.unicodeScalars.append(alphabet[Int.random(in: alphabet.indices, using: &random)])
      }
      if let address = IPv6Address(text) {
        #expect(IPv6Address(address.description) == address, "seed \(seed): \(text)")
      }
    }
  }

  @Test("Segments and octets are in network order, and agree with the halves")
  func hasNetworkByteOrder() {
    let address = IPv6Address(0x0102, 0x0304, 0x0506, 0x0708, 0x090A, 0x0B0C, 0x0D0E, 0x0F10)
    let octets = address.octets
    #expect(octets.indices.map { octets[$0] } == Array(1...16))
    #expect(address.high == 0x0102_0304_0506_0708)
    #expect(address.low == 0x090A_0B0C_0D0E_0F10)
  }

  @Test("Addresses compare and hash by value, the first segment first")
  func comparesAndHashes() {
    #expect(IPv6Address(high: 1, low: .max) < IPv6Address(high: 2, low: 0))
    #expect(IPv6Address.unspecified < .loopback)
    #expect(!(IPv6Address.loopback < .loopback))
    #expect(IPv6Address("::1").hashValue == Optional(IPv6Address.loopback).hashValue)
    #expect(Set([IPv6Address.unspecified, .loopback, .unspecified]).count == 2)
  }

  @Test("Predicates hold exactly within their blocks")
  func knowsItsBlocks() throws {
    func address(_ text: String) throws -> IPv6Address { try #require(IPv6Address(text)) }
    #expect(IPv6Address.unspecified.isUnspecified && !IPv6Address.loopback.isUnspecified)
    #expect(IPv6Address.loopback.isLoopback && !IPv6Address.unspecified.isLoopback)
    #expect(try !address("::ffff:127.0.0.1").isLoopback)
    #expect(try address("ff00::").isMulticast && !address("feff::").isMulticast)
    #expect(try address("fe80::").isLinkLocal && address("febf:ffff::").isLinkLocal)
    #expect(try !address("fe7f::").isLinkLocal && !address("fec0::").isLinkLocal)
    #expect(try address("fc00::").isUniqueLocal && address("fdff::").isUniqueLocal)
    #expect(try !address("fbff::").isUniqueLocal && !address("fe00::").isUniqueLocal)
  }

  @Test("An IPv4 address is mapped and found again")
  func mapsIPv4() throws {
    let mapped = IPv6Address(mapping: IPv4Address(192, 0, 2, 1))
    #expect(mapped.description == "::ffff:192.0.2.1")
    #expect(mapped.mappedIPv4Address == IPv4Address(192, 0, 2, 1))
    #expect(IPv6Address.loopback.mappedIPv4Address == nil)
    #expect(try #require(IPv6Address("1::ffff:1.2.3.4")).mappedIPv4Address == nil)
  }

  @Test("An address takes sixteen bytes")
  func isSmall() {
    #expect(MemoryLayout<IPv6Address>.size == 16)
  }
}

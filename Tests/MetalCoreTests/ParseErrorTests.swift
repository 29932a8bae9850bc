import MetalCore
import Testing

@Suite("SocketAddress.ParseError")
struct ParseErrorTests {
  typealias ParseError = SocketAddress.ParseError

  /// A text, and what its error must say.
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let kind: ParseError.Kind
    let position: Int
    let reason: String
    var testDescription: String { text }

    init(_ text: String, _ kind: ParseError.Kind, _ position: Int, _ reason: String) {
      self.text = text
      self.kind = kind
      self.position = position
      self.reason = reason
    }
  }

  static let socketAddresses: [Case] = [
    Case("", .unexpectedEnd, 0, "the text ends at position 0 where a number from 0 to 255 is expected"),
    Case(
      "localhost:80", .name, 0,
      "the letter l at position 0 where a number is expected; a name has to be resolved first"),
    Case(
      "Example.com", .name, 0,
      "the letter E at position 0 where a number is expected; a name has to be resolved first"),
    Case("127.0.0.1", .unexpectedEnd, 9, "the text ends at position 9 where a colon and a port are expected"),
    Case("127.0.0.1:", .unexpectedEnd, 10, "the text ends at position 10 where a port from 0 to 65535 is expected"),
    Case(
      "127.0.0.1:+80", .unexpectedCharacter, 10,
      "the character + at position 10 where a port from 0 to 65535 is expected"),
    Case("127.0.0.1:65536", .numberTooLarge, 10, "the port at position 10 is greater than 65535"),
    Case("127.0.0.1:080", .leadingZero, 10, "the number at position 10 has a leading zero"),
    Case("127.0.0.1:8a", .trailingText, 11, "the letter a at position 11 follows the end of the address"),
    Case(
      "127.0.0.1 :80", .unexpectedCharacter, 9,
      "a space at position 9 where a colon and a port are expected"),
    Case("127.0.256.1:80", .numberTooLarge, 6, "the number at position 6 is greater than 255"),
    Case("127.0.01.1:80", .leadingZero, 6, "the number at position 6 has a leading zero"),
    Case("127.0.0:80", .unexpectedCharacter, 7, "a colon at position 7 where a dot of the IPv4 address is expected"),
    Case(
      "127..0.1:80", .unexpectedCharacter, 4, "a dot at position 4 where a number from 0 to 255 is expected"),
    Case("::1:80", .missingBrackets, 0, "an IPv6 address with a port is written as [address]:port"),
    Case("fe80::1%2", .missingBrackets, 0, "an IPv6 address with a port is written as [address]:port"),
    Case("2001:db8::1", .missingBrackets, 0, "an IPv6 address with a port is written as [address]:port"),
    Case("[::1:80", .unexpectedEnd, 7, "the text ends at position 7 where a closing bracket is expected"),
    Case(
      "[::1]80", .unexpectedCharacter, 5, "the digit 8 at position 5 where a colon and a port are expected"),
    Case(
      "[]:80", .unexpectedCharacter, 1,
      "the character ] at position 1 where a hexadecimal number of the IPv6 address is expected"),
    Case(
      "[fe80::1%eth0]:80", .unexpectedCharacter, 9,
      "the letter e at position 9 where the number of an interface is expected"),
    Case("[fe80::1%4294967296]:80", .numberTooLarge, 9, "the number at position 9 is greater than 4294967295"),
    Case(
      "[127.0.0.1]:80", .segmentCount, 10,
      "the IPv6 address that ends at position 10 has fewer than eight segments and no ::"),
    Case("[::1]:８０", .unexpectedCharacter, 6, "the byte 0xef at position 6 where a port from 0 to 65535 is expected"),
    Case("1.2.3.4:5\n", .trailingText, 9, "the byte 0x0a at position 9 follows the end of the address"),
  ]

  @Test("The error of a socket address has the kind, the position and the reason", arguments: socketAddresses)
  func socketAddress(_ expected: Case) {
    expect(expected) { () throws(ParseError) in try SocketAddress(parsing: expected.text) }
    expect(expected) { () throws(ParseError) in try SocketAddress(parsing: expected.text[...]) }
    expect(expected) { () throws(ParseError) in try SocketAddress(parsingUTF8: expected.text.utf8.span) }
  }

  @Test(
    "The error of an IPv4 address has the kind, the position and the reason",
    arguments: [
      Case("1.2.3.4:80", .trailingText, 7, "a colon at position 7 follows the end of the address"),
      Case("1.2.3", .unexpectedEnd, 5, "the text ends at position 5 where a dot of the IPv4 address is expected"),
      Case("1.2.3.1000", .numberTooLarge, 6, "the number at position 6 is greater than 255"),
      Case(
        "localhost", .name, 0,
        "the letter l at position 0 where a number is expected; a name has to be resolved first"),
      Case(
        "fe80::1", .unexpectedCharacter, 0,
        "the letter f at position 0 where a number from 0 to 255 is expected"),
    ])
  func ipv4Address(_ expected: Case) {
    expect(expected) { () throws(ParseError) in try IPv4Address(parsing: expected.text) }
    expect(expected) { () throws(ParseError) in try IPv4Address(parsing: expected.text[...]) }
    expect(expected) { () throws(ParseError) in try IPv4Address(parsingUTF8: expected.text.utf8.span) }
  }

  @Test(
    "The error of an IPv6 address has the kind, the position and the reason",
    arguments: [
      Case(":1", .unexpectedCharacter, 1, "the digit 1 at position 1 where a second colon is expected"),
      Case("::12345", .numberTooLarge, 2, "the number at position 2 has more than four hexadecimal digits"),
      Case("1::2::3", .segmentCount, 4, "the IPv6 address has a second :: at position 4"),
      Case(
        "1:2:3:4:5:6:7", .segmentCount, 13,
        "the IPv6 address that ends at position 13 has fewer than eight segments and no ::"),
      Case(
        "1:2:3:4:5:6:7:8:9", .segmentCount, 16,
        "the segment at position 16 exceeds the eight segments of an IPv6 address"),
      Case(
        "1:2:3:4:5:6:7:1.2.3.4", .segmentCount, 14,
        "the segment at position 14 exceeds the eight segments of an IPv6 address"),
      Case(
        "1:2:3:4:5:6:7:8::", .segmentCount, 17,
        "the IPv6 address that ends at position 17 has eight segments, and :: stands for none"),
      Case("::1.2.3.256", .numberTooLarge, 8, "the number at position 8 is greater than 255"),
      Case("fe80::1%2", .trailingText, 7, "the character % at position 7 follows the end of the address"),
    ])
  func ipv6Address(_ expected: Case) {
    expect(expected) { () throws(ParseError) in try IPv6Address(parsing: expected.text) }
    expect(expected) { () throws(ParseError) in try IPv6Address(parsing: expected.text[...]) }
    expect(expected) { () throws(ParseError) in try IPv6Address(parsingUTF8: expected.text.utf8.span) }
  }

  private func expect<T>(
    _ expected: Case, sourceLocation: SourceLocation = #_sourceLocation, _ make: () throws(ParseError) -> T
  ) {
    do throws(ParseError) {
      _ = try make()
      Issue.record("\"\(expected.text)\" is an address", sourceLocation: sourceLocation)
    } catch {
      #expect(error.kind == expected.kind, sourceLocation: sourceLocation)
      #expect(error.position == expected.position, sourceLocation: sourceLocation)
      #expect(error.text == expected.text, sourceLocation: sourceLocation)
      #expect(error.description.hasSuffix("\" is not an address: \(expected.reason)"), sourceLocation: sourceLocation)
    }
  }

  @Test("Both initialisers take the same texts, and read the same addresses of them", arguments: [3 as UInt64, 20_260])
  func agrees(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let beginnings = ["127.0.0.1:80", "[2001:db8::1]:443", "[fe80::1%2]:80", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", ""]
    let alphabet = Array(":.%[]0129afFg x\u{FF}\0".utf8)
    for _ in 0..<5_000 {
      var bytes = Array(beginnings.randomElement(using: &random)!.utf8)
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let index = Int.random(in: 0...bytes.count, using: &random)
        let byte = alphabet.randomElement(using: &random)!
        let end = min(bytes.count, index + Int.random(in: 0...1, using: &random))
        bytes.replaceSubrange(index..<end, with: [byte])
      }
      let four = result { () throws(ParseError) in try IPv4Address(parsingUTF8: bytes.span) }
      #expect(four == IPv4Address(utf8: bytes.span), "seed \(seed): \(bytes)")
      let six = result { () throws(ParseError) in try IPv6Address(parsingUTF8: bytes.span) }
      #expect(six == IPv6Address(utf8: bytes.span), "seed \(seed): \(bytes)")
      let socket = result { () throws(ParseError) in try SocketAddress(parsingUTF8: bytes.span) }
      #expect(socket == SocketAddress(utf8: bytes.span), "seed \(seed): \(bytes)")
    }
  }

  /// The address, or `nil`; every error has a sentence, and a position in the text or at its end.
  private func result<T>(_ make: () throws(ParseError) -> T) -> T? {
    do throws(ParseError) {
      return try make()
    } catch {
      // What is not UTF-8 takes more bytes when it is repaired.
      #expect((0...error.text.utf8.count).contains(error.position))
      #expect(error.description.hasPrefix("\""))
      return nil
    }
  }

  @Test("The sentence quotes the text, and escapes and cuts it where it must")
  func quotes() throws {
    func sentence(_ text: String) throws -> String {
      let error = #expect(throws: ParseError.self) { try IPv4Address(parsing: text) }
      return try #require(error).description
    }
    #expect(try sentence("1\"\\é\n\u{202E}").hasPrefix(#""1\"\\\u{e9}\u{a}\u{202e}" is not"#))
    let longest = String(repeating: "1", count: 80)
    #expect(try sentence(longest).hasPrefix("\"\(longest)\" is not"))
    let long = try sentence(String(repeating: "0", count: 100_000))
    #expect(long.hasPrefix("\"" + String(repeating: "0", count: 80) + "…\" is not"))
    let bytes: [UInt8] = [0x31, 0xFF]
    let error = #expect(throws: ParseError.self) { try IPv4Address(parsingUTF8: bytes.span) }
    #expect(error?.text == "1\u{FFFD}" && error?.position == 1)
    #expect(error?.description.contains("the byte 0xff at position 1") == true)
  }
}

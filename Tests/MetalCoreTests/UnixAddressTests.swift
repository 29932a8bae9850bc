import MetalCore
import Testing

@Suite("UnixAddress")
struct UnixAddressTests {
  @Test("Every path name survives writing and reading", arguments: [0x1234 as UInt64, 99, 20_260])
  func pathnameRoundTrip(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let name = randomName(1...108, of: 1...255, using: &random)
      let address = try UnixAddress(pathname: name.span)
      #expect(UnixAddress(address.description) == address, "seed \(seed): \(name)")
      #expect(UnixAddress(address.description)?.pathname == address.pathname, "seed \(seed): \(name)")
      #expect(bytes(of: address) == name, "seed \(seed): \(name)")
      #expect(isPrintable(address.description), "seed \(seed): \(name)")
    }
  }

  @Test("Every abstract name survives writing and reading", arguments: [0x1234 as UInt64, 99, 20_260])
  func abstractRoundTrip(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let name = randomName(0...107, of: 0...255, using: &random)
      let address = try UnixAddress(abstractName: name.span)
      #expect(UnixAddress(address.description) == address, "seed \(seed): \(name)")
      #expect(address.abstractName == name, "seed \(seed): \(name)")
      #expect(bytes(of: address) == name, "seed \(seed): \(name)")
      #expect(isPrintable(address.description), "seed \(seed): \(name)")
    }
  }

  @Test("Every single byte survives, in either form", arguments: 0...255 as ClosedRange<UInt8>)
  func everyByte(byte: UInt8) throws {
    let abstract = try UnixAddress(abstractName: [byte].span)
    #expect(UnixAddress(abstract.description) == abstract)
    guard byte != 0 else { return }
    let pathname = try UnixAddress(pathname: [byte].span)
    #expect(UnixAddress(pathname.description) == pathname)
    #expect(pathname != abstract)
  }

  private func randomName(
    _ counts: ClosedRange<Int>, of values: ClosedRange<UInt8>, using random: inout SplitMix64
  ) -> [UInt8] {
    // Half of them of the bytes that the text form treats apart.
    let special: [UInt8] = [0x5C, 0x40, 0x78, 0x30, 0x20, 0x7F, 0x80].filter { values.contains($0) }
    let count = Int.random(in: counts, using: &random)
    let isSpecial = Bool.random(using: &random)
    return (0..<count).map { _ in
      isSpecial ? special.randomElement(using: &random)! : UInt8.random(in: values, using: &random)
    }
  }

  private func bytes(of address: UnixAddress) -> [UInt8] {
    address.name.indices.map { address.name[$0] }
  }

  private func isPrintable(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }

  @Test(
    "A text is read, and written in canonical form",
    arguments: [
      ("", ""), ("@", "@"), ("/run/chat.sock", "/run/chat.sock"), ("@chat", "@chat"), ("a b", "a b"),
      ("\\\\", "\\\\"), ("\\x5c", "\\\\"), ("\\x40a", "\\x40a"), ("a@b", "a@b"), ("@@", "@@"),
      ("\\x41", "A"), ("@\\x00", "@\\x00"), ("@\\x00a\\xff", "@\\x00a\\xff"), ("\\x7f\\x80", "\\x7f\\x80"),
      ("ä", "\\xc3\\xa4"), ("@\0", "@\\x00"), ("\n", "\\x0a"),
    ])
  func readsText(_ text: String, _ canonical: String) throws {
    let address = try #require(UnixAddress(text))
    #expect(address.description == canonical)
    #expect(UnixAddress(canonical) == address)
  }

  @Test(
    "A malformed text, or one of a name that no address can have, is refused",
    arguments: [
      "\\", "a\\", "\\x", "\\x4", "\\xg0", "\\x0g", "\\xC3", "\\xA0", "\\X41", "\\n", "\\0", "@\\", "@\\x0",
      "\\x00", "a\\x00b", "\0", "a\0", String(repeating: "a", count: 109),
      String(repeating: "a", count: 10_000),
      "@" + String(repeating: "a", count: 108), String(repeating: "\\x41", count: 109),
      String(repeating: "ä", count: 55), "@" + String(repeating: "ä", count: 54),
    ])
  func refusesText(_ text: String) {
    #expect(UnixAddress(text) == nil)
  }

  @Test(
    "A path name has at most 108 bytes, an abstract name 107",
    arguments: [1, 2, 103, 104, 106, 107, 108, 109, 255, 256, 300, 100_000])
  func limits(count: Int) {
    let name = [UInt8](repeating: 0x61, count: count)
    let text = String(repeating: "a", count: count)
    let (isPathname, isAbstract) = (count <= 108, count <= 107)
    #expect((throwing { () throws(IOError) in try UnixAddress(pathname: name.span) } == nil) == isPathname)
    #expect((throwing { () throws(IOError) in try UnixAddress(pathname: text) } == nil) == isPathname)
    #expect((throwing { () throws(IOError) in try UnixAddress(abstractName: name.span) } == nil) == isAbstract)
    #expect((throwing { () throws(IOError) in try UnixAddress(abstractName: text) } == nil) == isAbstract)
    #expect((UnixAddress(text) != nil) == isPathname)
    #expect((UnixAddress("@" + text) != nil) == isAbstract)
  }

  @Test("Names of every length, of every kind of byte, survive their text and their own properties", arguments: 0...108)
  func everyLength(count: Int) throws {
    // Ends and middles of what a text writes in one way: escaped, as it is, and as parts of UTF-8.
    for byte: UInt8 in [0, 1, 0x1F, 0x20, 0x22, 0x40, 0x41, 0x5C, 0x7E, 0x7F, 0x80, 0xBF, 0xC3, 0xF0, 0xFF] {
      let name = [UInt8](repeating: byte, count: count)
      var addresses: [UnixAddress] = count == 0 ? [.unnamed] : []
      if count > 0, byte != 0 { addresses.append(try UnixAddress(pathname: name.span)) }
      if count < 108 { addresses.append(try UnixAddress(abstractName: name.span)) }
      for address in addresses {
        #expect(UnixAddress(address.description) == address, "\(count) times \(byte)")
        #expect(try remade(address) == address, "\(count) times \(byte)")
        // A path name in UTF-8 survives as a String as well.
        guard byte < 128, let pathname = address.pathname else { continue }
        #expect(try UnixAddress(pathname: pathname) == address, "\(count) times \(byte)")
      }
    }
  }

  /// Makes an address again from the bytes of its name.
  private func remade(_ address: UnixAddress) throws(IOError) -> UnixAddress {
    if address.isUnnamed { return .unnamed }
    return address.isAbstract ? try UnixAddress(abstractName: address.name) : try UnixAddress(pathname: address.name)
  }

  @Test("A path name that is empty, too long, or has a zero byte anywhere is invalid input")
  func invalid() {
    let tooLong = [UInt8](repeating: 0x61, count: 109)
    let empty: [UInt8] = []
    let invalid = IOError(.invalidInput)
    #expect(throwing { () throws(IOError) in try UnixAddress(pathname: "") } == invalid)
    #expect(throwing { () throws(IOError) in try UnixAddress(pathname: empty.span) } == invalid)
    #expect(throwing { () throws(IOError) in try UnixAddress(pathname: tooLong.span) } == invalid)
    #expect(throwing { () throws(IOError) in try UnixAddress(abstractName: tooLong.span) } == invalid)
    for count in [1, 2, 106, 107, 108] {
      for position in [0, count / 2, count - 1] {
        var name = [UInt8](repeating: 0x61, count: count)
        name[position] = 0
        let text = String(decoding: name, as: UTF8.self)
        #expect(throwing { () throws(IOError) in try UnixAddress(pathname: name.span) } == invalid)
        #expect(throwing { () throws(IOError) in try UnixAddress(pathname: text) } == invalid)
        if count < 108 {
          #expect(throwing { () throws(IOError) in try UnixAddress(abstractName: name.span) } == nil)
        }
      }
    }
  }

  private func throwing(_ body: () throws(IOError) -> UnixAddress) -> IOError? {
    do throws(IOError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("An address knows its form, and has the name of that form alone")
  func forms() throws {
    let pathname = try UnixAddress(pathname: "/a")
    #expect(pathname.isPathname && !pathname.isAbstract && !pathname.isUnnamed)
    #expect(pathname.pathname == "/a" && pathname.abstractName == nil)
    let abstract = try UnixAddress(abstractName: "/a")
    #expect(abstract.isAbstract && !abstract.isPathname && !abstract.isUnnamed)
    #expect(abstract.pathname == nil && abstract.abstractName == Array("/a".utf8))
    let unnamed = UnixAddress.unnamed
    #expect(unnamed.isUnnamed && !unnamed.isPathname && !unnamed.isAbstract)
    #expect(unnamed.pathname == nil && unnamed.abstractName == nil && bytes(of: unnamed) == [])
    let empty = try UnixAddress(abstractName: "")
    #expect(empty.isAbstract && empty.abstractName == [] && empty != unnamed)
    #expect(UnixAddress("") == unnamed && UnixAddress("@") == empty)
    // Text that is not UTF-8 is repaired for the eye; the bytes are as they were.
    let malformed = try UnixAddress(pathname: [0x2F, 0xFF].span)
    #expect(malformed.pathname == "/\u{FFFD}" && bytes(of: malformed) == [0x2F, 0xFF])
  }

  @Test("Addresses are equal, and hash alike, by form and name")
  func equality() throws {
    let zero: [UInt8] = [0]
    let zeros: [UInt8] = [0, 0]
    let addresses = [
      .unnamed, try UnixAddress(abstractName: ""), try UnixAddress(abstractName: zero.span),
      try UnixAddress(abstractName: zeros.span), try UnixAddress(abstractName: "a"),
      try UnixAddress(pathname: "a"), try UnixAddress(pathname: "aa"), try UnixAddress(pathname: "A"),
      try UnixAddress(pathname: String(repeating: "a", count: 106)),
      try UnixAddress(pathname: String(repeating: "a", count: 107)),
      try UnixAddress(pathname: String(repeating: "a", count: 106) + "b"),
    ]
    #expect(Set(addresses + addresses).count == addresses.count)
    for (index, address) in addresses.enumerated() {
      for (other, second) in addresses.enumerated() { #expect((address == second) == (index == other)) }
      #expect(UnixAddress(address.description).map(\.hashValue) == address.hashValue)
    }
  }

  @Test(
    "What stands behind the terminator of a path name, or behind the length, is no part of the address",
    arguments: [1, 2, 50, 106, 107, 108])
  func bytesBehindTheName(count: Int) throws {
    let name = [UInt8](repeating: 0x61, count: count)
    let pathname = try UnixAddress(pathname: name.span)
    // With a terminator that counts or does not, and with more behind it.
    for length in Set([count, min(count + 1, 108), 108]) {
      expectSame(UnixAddress(kernelBytes: kernelBytes(name + [0]), length: length), pathname)
    }
    guard count < 108 else { return }
    let abstract = try UnixAddress(abstractName: name.span)
    expectSame(UnixAddress(kernelBytes: kernelBytes([0] + name), length: 1 + count), abstract)
    // A zero does not end an abstract name.
    let longer = UnixAddress(kernelBytes: kernelBytes([0] + name + [0]), length: min(count + 2, 108))
    #expect((longer == abstract) == (count == 107))
    expectSame(UnixAddress(kernelBytes: kernelBytes(name), length: 0), .unnamed)
  }

  /// A kernel's room for an address, of which the first bytes are set and the others arbitrary.
  private func kernelBytes(_ first: [UInt8]) -> InlineArray<108, UInt8> {
    var bytes = InlineArray<108, UInt8>(repeating: 0x7A)
    for (index, byte) in first.prefix(108).enumerated() { bytes[index] = byte }
    return bytes
  }

  private func expectSame(
    _ address: UnixAddress, _ expected: UnixAddress, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(address == expected, sourceLocation: sourceLocation)
    #expect(address.hashValue == expected.hashValue, sourceLocation: sourceLocation)
    #expect(address.description == expected.description, sourceLocation: sourceLocation)
    #expect(bytes(of: address) == bytes(of: expected), sourceLocation: sourceLocation)
    #expect(address.pathname == expected.pathname, sourceLocation: sourceLocation)
    #expect(address.abstractName == expected.abstractName, sourceLocation: sourceLocation)
  }

  @Test("An address is an inline value of 109 bytes")
  func layout() {
    #expect(MemoryLayout<UnixAddress>.size == 109)
    #expect(MemoryLayout<UnixAddress>.alignment == 1)
    #expect(MemoryLayout<UnixAddress?>.size <= 110)
  }
}

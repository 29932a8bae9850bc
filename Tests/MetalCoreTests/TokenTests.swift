import MetalCore
import Testing

extension Token {
  fileprivate static let server: Token = 0
}

@Suite("Token")
struct TokenTests {
  @Test("TOK-01 A token wraps one word: it reads back, compares and hashes as that word does")
  func wrapsOneWord() {
    #expect(MemoryLayout<Token>.size == MemoryLayout<UInt>.size)
    for word in [0, 1, 2, UInt.max / 2, UInt.max - 1, UInt.max] {
      #expect(Token(word).rawValue == word)
      #expect(Token(rawValue: word) == Token(word))
      #expect(Token(word).hashValue == Token(rawValue: word).hashValue)
      #expect(Token(word) != Token(word ^ 1))
    }
    #expect(Token(1) < Token(2))
    #expect(Token(UInt.max) > Token(0))
    #expect(Set<Token>([1, 2, 1]).count == 2)
  }

  @Test("A token can be named in an extension and matched in a switch")
  func matchesInSwitch() {
    func name(_ token: Token) -> String {
      switch token {
      case .server: "server"
      case 1: "one"
      default: "other"
      }
    }
    #expect(name(0) == "server")
    #expect(name(Token(1)) == "one")
    #expect(name(2) == "other")
  }

  @Test("The text of a token names its word")
  func describesItself() {
    #expect(Token(17).description == "Token(17)")
    #expect("\(Token(UInt.max))".contains(String(UInt.max)))
  }
}

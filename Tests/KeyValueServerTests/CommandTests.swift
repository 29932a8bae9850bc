import MetalSimulationTesting
import Testing

@testable import KeyValueServer

@Suite("Key-value server: commands", .simulated(seeds: 20))
struct CommandTests {
  static let integerError = "-ERR value is not an integer or out of range"
  static func countError(_ name: String) -> String { "-ERR wrong number of arguments for '\(name)' command" }

  static let conversation: [(words: [String], answer: String)] = [
    (["PING"], "+PONG"), (["ping", "hello"], "hello"), (["PING", "a", "b"], countError("ping")),
    (["ECHO", ""], ""), (["ECHO"], countError("echo")),
    (["GET", "a"], "$-1"), (["SET", "a", "5"], "+OK"), (["GET", "a"], "5"), (["gEt", "a"], "5"),
    (["GET"], countError("get")), (["GET", "a", "b"], countError("get")),
    (["SET", "line", "one\r\ntwo"], "+OK"), (["GET", "line"], "one\r\ntwo"), (["SET", "", ""], "+OK"),
    (["GET", ""], ""),
    (["SET", "a", "b", "EX"], "-ERR syntax error"), (["SET", "a", "b", "XX", "1"], "-ERR syntax error"),
    (["SET", "a", "b", "EX", "x"], integerError),
    (["SET", "a", "b", "EX", "0"], "-ERR invalid expire time in 'set' command"),
    (["INCR", "a"], ":6"), (["INCR", "new"], ":1"), (["INCR", "line"], integerError),
    (["SET", "n", "-9223372036854775808"], "+OK"), (["INCR", "n"], ":-9223372036854775807"),
    (["SET", "n", "9223372036854775807"], "+OK"), (["INCR", "n"], "-ERR increment or decrement would overflow"),
    (["SET", "n", "9223372036854775808"], "+OK"), (["INCR", "n"], integerError),
    (["SET", "n", "01"], "+OK"), (["INCR", "n"], integerError), (["SET", "n", "-0"], "+OK"),
    (["INCR", "n"], integerError),
    (["DEL", "a", "b", "new", "a"], ":2"), (["DEL", "a"], ":0"), (["DEL"], countError("del")),
    (["EXPIRE", "a", "10"], ":0"), (["EXPIRE", "n", "ten"], integerError),
    (["EXPIRE", "n", "9223372036854775807"], "-ERR invalid expire time in 'expire' command"),
    (["TTL", "a"], ":-2"), (["TTL", "n"], ":-1"), (["EXPIRE", "n", "-1"], ":1"), (["GET", "n"], "$-1"),
    (["NO", "a", "b"], "-ERR unknown command 'NO', with args beginning with: 'a' 'b' "),
    (["a\r\nb"], "-ERR unknown command 'a  b', with args beginning with: "),
    (["COMMAND", "DOCS"], "*0"), (["CONFIG", "SET", "a", "b"], "-ERR unknown subcommand 'SET'. Try CONFIG HELP."),
  ]

  @Test("The server answers each command and each mistake in the words of Redis")
  func answers() throws {
    let simulation = Simulation.current
    let address = simulation.machine("server").startServer()
    simulation.machine("client").start(.client) { () throws(IOError) in
      var client = try Client(address)
      for (words, answer) in Self.conversation {
        try client.send(command(words))
        #expect(try client.answer() == answer, "\(words)")
      }
    }
    try simulation.run()
  }

  @Test("The server answers commands in order, also if the bytes arrive one at a time", .simulated(seeds: 8))
  func pipelining() throws {
    let simulation = Simulation.current
    let address = simulation.machine("server").startServer()
    let bytes = Self.conversation.flatMap { command($0.words) } + Array("PING\r\n\r\n  ping  inline \n".utf8)
    let answers = Self.conversation.map(\.answer) + ["+PONG", "inline"]
    simulation.machine("pipelining").start(.client) { () throws(IOError) in
      for _ in 0..<2 {
        var client = try Client(address)
        try client.send(bytes)
        for answer in answers { #expect(try client.answer() == answer) }
        _ = try client.call("DEL", "line", "")
      }
      var client = try Client(address)
      for byte in bytes {
        try client.send([byte])
        try pause(.milliseconds(1))
      }
      for answer in answers { #expect(try client.answer() == answer) }
    }
    try simulation.run()
  }

  @Test("After a half-close, the server answers all complete commands and then closes the connection")
  func halfClose() throws {
    let simulation = Simulation.current
    let address = simulation.machine("server").startServer()
    simulation.machine("client").start(.client) { () throws(IOError) in
      var client = try Client(address)
      try client.send(
        (1...500).flatMap { _ in command(["INCR", "counter"]) } + Array("*2\r\n$3\r\nGET\r\n$7\r\ncoun".utf8))
      try client.finish()
      #expect(try client.bytesUntilEnd() == Array((1...500).map { ":\($0)\r\n" }.joined().utf8))
    }
    try simulation.run()
  }

  @Test("The server answers a protocol error after the earlier commands, and closes only that connection")
  func protocolErrors() throws {
    let simulation = Simulation.current
    let address = simulation.machine("server").startServer()
    let mistakes: [(bytes: String, error: String)] = [
      ("*x\r\n", "invalid multibulk length"), ("*1025\r\n", "invalid multibulk length"),
      ("*1\r\n:1\r\n", "expected '$', got ':'"), ("*1\r\n\r\n", "expected '$', got ' '"),
      ("*1\r\n$-1\r\n", "invalid bulk length"), ("*1\r\n$524289\r\n", "invalid bulk length"),
      ("*1\r\n$1\r\nabc", "expected the end of a bulk string"),
      (String(repeating: "x", count: 65_537), "too big inline request"),
    ]
    simulation.machine("client").start(.client) { () throws(IOError) in
      var other = try Client(address)
      for (bytes, error) in mistakes {
        var client = try Client(address)
        try client.send("PING\r\n\(bytes)".utf8)
        #expect(try client.bytesUntilEnd() == Array("+PONG\r\n-ERR Protocol error: \(error)\r\n".utf8))
      }
      #expect(try other.call("PING") == "+PONG")
    }
    try simulation.run()
  }
}

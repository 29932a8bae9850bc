internal import MetalCore
internal import MetalKqueue
internal import MetalKqueueSim

extension TraceRecord {
  /// The record as one line, from the point of view of its machine.
  func text(_ machines: [String]) -> String {
    switch kind {
    case .call: callText
    case .change:
      "change \(eventText)" + (error.map { " = \(Self.failure($0))" } ?? "")
    case .delivery: "event \(eventText)"
    case .action: "scheduled action"
    case .sent: "→ \(peer(machines)) \(packetText) to \(destination?.description ?? "")"
    case .arrived: "← \(peer(machines)) \(packetText) from \(source?.description ?? "")"
    case .lost: "✗ \(peer(machines)) \(packetText) lost"
    case .held: "| \(peer(machines)) \(packetText) held back"
    case .retry: "time to send #\(connection ?? 0) again"
    case .time: "the clock moves"
    case .deadlock: "DEADLOCK"
    }
  }

  private func peer(_ machines: [String]) -> String { peerMachine.map { machines[$0] } ?? "" }

  /// The call, its descriptor, addresses and result.
  private var callText: String {
    var text = name
    if let descriptor { text += " d\(descriptor)" }
    if let connection { text += " #\(connection)" }
    // A lane is narrow, so the line leaves out an address that other records show.
    switch name {
    case "accept":
      if let accepted { return text + " = d\(accepted)" + (source.map { " from \($0.description)" } ?? "") }
    case "connect":
      if let destination { text += " to \(destination.description)" }
    case "bind", "listen", "close":
      if let source { text += " \(source.description)" }
    default:
      if let address = source ?? destination { text += (source == nil ? " to " : " from ") + address.description }
    }
    if isDrop { text += " (dropped)" }
    return text + " = " + (error.map { Self.failure($0) } ?? String(result))
  }

  /// The packet, with its connection and its number of bytes.
  var packetText: String {
    var text = name
    if let connection { text += " #\(connection)" }
    switch name {
    case "segment", "datagram", "window update": text += " \(result) B"
    default: break
    }
    return text
  }

  private var eventText: String {
    guard let event else { return "" }
    var text = "\(event.filter.name) "
    text += descriptor.map { "d\($0)" } ?? String(event.ident)
    if kind == .change {
      if event.flags.contains(.add) { text += " add" }
      if event.flags.contains(.delete) { text += " delete" }
    } else {
      text += " data \(event.data)"
      if event.flags.contains(.endOfFile) { text += " end" }
    }
    return text + " token \(event.token)"
  }

  /// The error without the advice in its text.
  private static func failure(_ error: IOError) -> String { String(error.kind.description.prefix { $0 != ":" }) }
}

extension String {
  /// The text with an escape in place of each character that would move a terminal's cursor.
  var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isControl {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The text without the spaces at its end.
  var withoutBlanksAtEnd: String {
    let end = utf8.lastIndex { $0 != UInt8(ascii: " ") }
    return end.map { String(self[...$0]) } ?? ""
  }

  /// The text, cut or filled with spaces to a width in characters.
  func fitted(to width: Int) -> String {
    let count = count
    if count <= width { return self + String(repeating: " ", count: width - count) }
    return width < 1 ? "" : String(prefix(width - 1)) + "…"
  }
}

extension Unicode.Scalar {
  /// Whether the character controls a terminal or ends a line.
  var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: false
    }
  }
}

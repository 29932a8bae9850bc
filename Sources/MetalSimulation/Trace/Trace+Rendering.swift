internal import MetalCore
public import MetalKqueueSim

extension Trace: CustomStringConvertible {
  /// The lanes of the last 100 kept records.
  public var description: String { lanes(last: 100) }

  /// The digest as hexadecimal text.
  var hex: String { String(digest, radix: 16) }

  /// Renders the records for a terminal, with one lane for each machine.
  ///
  /// The text is 100 characters wide, and begins with a column for the time. The method cuts text that is too long for
  /// its lane. If there are more than five machines, all share one lane, and each line begins with the name of its
  /// machine. Records that only move the clock have no line.
  ///
  /// - Parameter last: The largest number of records to show, from the end. The default shows all kept records.
  /// - Returns: The text, in lines.
  /// - Complexity: O(kept records); allocates.
  public func lanes(last: Int = .max) -> String {
    let isShared = machines.count > 5
    let (timeWidth, lineWidth) = (14, 100)
    let laneCount = isShared ? 1 : max(machines.count, 1)
    // A space precedes each lane.
    let laneWidth = (lineWidth - timeWidth) / laneCount - 1
    func line(_ time: String, _ lane: Int, _ text: String, _ width: Int) -> String {
      let indent = String(repeating: " ", count: lane * (laneWidth + 1) + 1)
      return (time.fitted(to: timeWidth) + indent + text.printable.fitted(to: width)).withoutBlanksAtEnd + "\n"
    }
    var text = "seed \(seed), \(profile.printable), \(count) records, digest \(hex)".fitted(to: lineWidth)
    text = text.withoutBlanksAtEnd + "\n"
    if !isShared, !machines.isEmpty {
      var title = "time".fitted(to: timeWidth)
      for machine in machines { title += " " + machine.printable.fitted(to: laneWidth) }
      text += title.withoutBlanksAtEnd + "\n"
    }
    for record in records.suffix(max(last, 0)) where record.kind != .time {
      let time = record.time.milliseconds
      let what = record.text(machines)
      if let machine = record.machine, !isShared {
        text += line(time, machine, what, laneWidth)
      } else {
        let name = record.machine.map { machines[$0] } ?? "(no machine)"
        text += line(time, 0, name + "  " + what, lineWidth - timeWidth - 1)
      }
    }
    return text
  }

  /// Renders the records as a sequence diagram in the language Mermaid, for a web page.
  ///
  /// Machines are participants, packets are arrows, and all other records are notes. If a packet has a latency, its
  /// arrow is at the time of its arrival.
  ///
  /// - Parameter last: The largest number of records to show, from the end. The default shows all kept records.
  /// - Returns: The source text of the diagram.
  /// - Complexity: O(kept records); allocates.
  ///
  /// Source: "Sequence diagrams", Mermaid 11.
  public func mermaid(last: Int = .max) -> String {
    var text = "sequenceDiagram\n"
    for (number, name) in machines.enumerated() { text += "  participant m\(number) as \(name.mermaid)\n" }
    for record in records.suffix(max(last, 0)) {
      let time = record.time.milliseconds
      switch record.kind {
      case .time, .sent: continue
      case .arrived, .lost:
        guard let sender = record.peerMachine, let receiver = record.machine else { continue }
        let arrow = record.kind == .lost ? "-x" : "->>"
        text += "  m\(sender)\(arrow)m\(receiver): \(record.packetText.mermaid) (\(time))\n"
      case .call, .change, .delivery, .action, .held, .retry, .deadlock:
        guard !machines.isEmpty else { continue }
        let place = record.machine.map { "m\($0)" } ?? "m0" + (machines.count > 1 ? ",m\(machines.count - 1)" : "")
        text += "  Note over \(place): \(time) \(record.text(machines).mermaid)\n"
      }
    }
    return text
  }
}

extension String {
  /// The text for Mermaid: all characters except letters, digits and a few signs become entities.
  ///
  /// In Mermaid the word `end` ends a block, so its first letter also becomes an entity.
  fileprivate var mermaid: String {
    var text = ""
    let isWord = lowercased() == "end"
    for (index, scalar) in unicodeScalars.enumerated() {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", ".", "/", "_", "-", "(", ")", "=":
        guard index > 0 || !isWord else {
          text += "#\(scalar.value);"
          continue
        }
        text.unicodeScalars.append(scalar)
      default: text += "#\(scalar.value);"
      }
    }
    return text.isEmpty ? "#160;" : text
  }
}

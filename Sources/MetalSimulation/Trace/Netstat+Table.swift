internal import MetalCore
public import MetalKqueueSim

extension Netstat: CustomStringConvertible {
  /// A table with a line for each socket.
  ///
  /// Each column is as wide as its longest text.
  ///
  /// - Complexity: O(entries); allocates.
  public var description: String {
    var rows = [["machine", "fd", "proto", "recv-q", "send-q", "local", "peer", "state", "backlog"]]
    for entry in entries {
      var backlog = ""
      if let waiting = entry.waiting, let limit = entry.backlog { backlog = "\(waiting)/\(limit)" }
      rows.append([
        entry.machine.printable, entry.descriptor.map { String($0) } ?? "-", entry.kind, String(entry.received),
        String(entry.unsent), entry.local?.description ?? "*", entry.peer?.description ?? "*",
        entry.state?.rawValue ?? "-",
        backlog,
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var text = ""
    for row in rows {
      var line = ""
      for (cell, width) in zip(row, widths) { line += cell.fitted(to: width) + "  " }
      text += line.withoutBlanksAtEnd + "\n"
    }
    return text
  }
}

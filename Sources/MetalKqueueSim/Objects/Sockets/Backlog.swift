/// The connections of a listener that wait to be accepted.
final class Backlog {
  /// The most connections that may wait.
  var limit: Int
  /// The number of connections whose handshake is not finished.
  var unfinished = 0
  private var connections = FirstInFirstOut<Socket>()

  init(limit: Int) {
    self.limit = limit
  }

  /// The number of connections whose handshake is finished.
  var count: Int { connections.count }
  var isEmpty: Bool { count == 0 }

  var isFull: Bool { count + unfinished >= limit }

  func append(_ connection: Socket) {
    connections.append(connection)
  }

  func takeFirst() -> Socket? { connections.takeFirst() }

  /// Returns the limit for a requested backlog, of which 0 counts as 1.
  ///
  /// - Parameter addsHalf: Whether the system adds half of the backlog, and one more.
  static func limit(_ backlog: Int, addsHalf: Bool = false) -> Int {
    let backlog = min(backlog, 65_535)
    return addsHalf ? backlog * 3 / 2 + 1 : max(backlog, 1)
  }
}

/// Connections that wait to be accepted, first come first.
struct ConnectionQueue<Connection: AnyObject> {
  private var connections: [Connection?] = []
  private var head = 0

  var count: Int { connections.count - head }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ connection: Connection) {
    connections.append(connection)
  }

  mutating func takeFirst() -> Connection? {
    guard head < connections.count else { return nil }
    let first = connections[head]
    connections[head] = nil
    head += 1
    // The part that was taken is dropped when it is half of all, so that taking costs O(1) on average.
    if head * 2 >= connections.count {
      connections.removeFirst(head)
      head = 0
    }
    return first
  }
}

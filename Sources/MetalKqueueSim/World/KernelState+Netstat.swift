internal import MetalCore

extension KernelState {
  /// The sockets of this kernel, and the ports that wait to become free.
  func netstat(_ now: Int64) -> [Netstat.Entry] {
    var entries: [Netstat.Entry] = []
    for (number, file) in descriptors.entries {
      guard let socket = file.socket else { continue }
      var entry = socket.netstat
      entry.descriptor = number
      entries.append(entry)
    }
    // Sorts by number, because the order of the table depends on the table's history.
    let hidden = connections.all.filter { $0.descriptorCount == 0 }
      .sorted { ($0.connectionNumber, $0.isClosed ? 1 : 0) < ($1.connectionNumber, $1.isClosed ? 1 : 0) }
    entries += hidden.map { $0.netstat }
    // The entries above include the connections that have not ended.
    for address in tcpPorts.lingeringAddresses(now) where !hidden.contains(where: { $0.local == address }) {
      entries.append(
        Netstat.Entry(
          machine: host.name, kind: address.isIPv4 ? "tcp4" : "tcp6", local: .internet(address), state: .timeWait))
    }
    return entries
  }
}

extension Socket {
  /// The socket as an entry of the list, without its descriptor.
  fileprivate var netstat: Netstat.Entry {
    var entry = Netstat.Entry(machine: kernel.host.name, kind: protocolName)
    if localAddress != .unix(.unnamed) { entry.local = localAddress }
    if peerAddress != .unix(.unnamed) { entry.peer = peerAddress }
    entry.waiting = backlog?.count
    entry.backlog = backlog?.limit
    entry.received = datagrams.byteCount
    fill(&entry)
    return entry
  }

  private var protocolName: String {
    switch (family, kind) {
    case (.unix, .stream): "stream"
    case (.unix, .datagram): "dgram"
    case (.ipv4, .stream): "tcp4"
    case (.ipv6, .stream): "tcp6"
    case (.ipv4, .datagram): "udp4"
    case (.ipv6, .datagram): "udp6"
    }
  }
}

extension TCPSocket {
  /// The state in the words of TCP.
  var netstatState: Netstat.State {
    switch state {
    case .idle: return backlog == nil ? .closed : .listen
    case .broken: return .closed
    case .connecting: return .synSent
    case .accepting: return .synReceived
    case .connected(let connection):
      let hasEnded = connection.receiving.hasEnded
      let isFirst = connection.sending.wasFirst == true
      switch connection.sending.end {
      case .open: return hasEnded ? .closeWait : .established
      case .requested: return hasEnded ? .lastAck : .finWait1
      case .sent: return !hasEnded ? .finWait1 : isFirst ? .closing : .lastAck
      case .delivered: return !hasEnded ? .finWait2 : isFirst ? .timeWait : .closed
      }
    }
  }
}

extension TCPSocket.State {
  var name: String {
    switch self {
    case .idle: "idle"
    case .connecting: "connecting"
    case .accepting: "accepting"
    case .connected: "connected"
    case .broken: "broken"
    }
  }
}

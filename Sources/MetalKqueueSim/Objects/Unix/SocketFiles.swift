internal import MetalCore

/// The files of one machine's Unix-domain sockets, by their paths.
///
/// The simulator does not model folders: a path is a sequence of bytes, and a socket may have every path.
typealias SocketFiles = [UnixAddress: SocketFile]

/// A file with the socket that is bound to it, if the socket is not closed.
struct SocketFile {
  var socket: UnixSocket?
}

extension SocketFiles {
  /// The paths of all files, in the order of their bytes.
  var paths: [UnixAddress] { keys.sorted { $0.precedes($1) } }

  /// Removes a socket from its file, unless the file belongs to another socket.
  mutating func release(_ socket: UnixSocket) {
    if self[socket.name]?.socket === socket { self[socket.name] = SocketFile() }
  }
}

extension UnixAddress {
  /// Whether the bytes of this address's name come before the bytes of another name.
  fileprivate func precedes(_ other: UnixAddress) -> Bool {
    let own = name
    let others = other.name
    for index in 0..<min(own.count, others.count) where own[index] != others[index] {
      return own[index] < others[index]
    }
    return own.count < others.count
  }
}

public import MetalIO
import Serving

/// A line-based chat on a Unix stream socket, on any selector.
///
/// The server sends each line of a member, with the number of the member, to all other members. The server also
/// announces each member that joins or leaves. A member leaves by closing its connection or its sending half. After a
/// half-close, the member still receives its backlog. If more than 64 KiB wait for a member that does not read, the
/// server drops the member.
///
/// The server uses one thread and one poll.
public struct ChatServer<S: Selector>: ~Copyable {
  var room: ChatRoom<S>
  var loop: ServerLoop<S, UnixAddress>

  /// Makes the file of the socket and listens.
  ///
  /// The server does not remove the file; the caller does.
  ///
  /// - Parameters:
  ///   - address: The address with the path of the file.
  ///   - kernel: The kernel on which the server runs.
  /// - Throws: The errors of `S.Poll(on:)` and `S.UnixListener(bindingTo:on:)`, such as `.addressInUse` if the file
  ///   exists.
  public init(bindingTo address: UnixAddress, on kernel: S.K = .current) throws(IOError) {
    let loop = try ServerLoop<S, UnixAddress>(bindingTo: address, on: kernel)
    room = ChatRoom(loop.registry)
    self.loop = loop
  }

  /// Makes a waker that stops the server from any thread.
  public func makeStopper() throws(IOError) -> S.Waker { try loop.makeStopper() }

  /// Serves clients until the stopper wakes the poll.
  ///
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 256)
    while !loop.isStopping { try turn(&events) }
  }

  /// Waits once, at most for `timeout`, and handles the events.
  ///
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
  @inline(__always)
  public mutating func turn(_ events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    try loop.wait(into: &events, timeout: timeout)
    while let event = loop.nextEvent(in: &events) {
      if try room.serve(event) { loop.descriptorCameFree() }
    }
    try loop.acceptConnections { listener throws(IOError) in try room.acceptNext(from: listener) }
  }
}

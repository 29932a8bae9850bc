internal import MetalCore
internal import MetalKqueue

/// An open object of a simulated kernel: what a descriptor leads to.
///
/// A kind of object overrides what it can do; the rest answers as the system does for an object of the wrong kind.
class File {
  /// The node whose kernel the object lives in.
  let node: Node
  /// The number of descriptors that lead here.
  var descriptorCount = 0
  /// Whether operations that would wait say so; see ``SimulatedKernel/setNonBlocking(_:of:)``.
  var isNonBlocking = true
  /// Whether the program knows that nothing more will come: it has read the end, or shut the direction down itself.
  var isEndKnown = false
  /// The registrations for the reading direction, and those for the writing one.
  var readers = KnoteList()
  var writers = KnoteList()

  init(_ node: Node) {
    self.node = node
  }

  // MARK: What event queues ask

  /// What can be read now.
  func readCondition(_ knote: Knote) -> Condition { .never }

  /// What can be written now.
  func writeCondition(_ knote: Knote) -> Condition { .never }

  /// Why the object cannot be watched in a direction by a queue; `nil` if it can.
  func attachError(_ filter: KernelEvent.Filter, _ queue: EventQueue, _ world: World) -> Errno? { nil }

  // MARK: What sources call

  /// Begins to receive: how many bytes there are to copy, at most `limit`, or why there are none.
  ///
  /// The caller then copies them by ``copy(into:at:)`` and ends with ``endReceive(_:count:isPeek:)``.
  func beginReceive(_ world: World, limit: Int, isPeek: Bool) -> IOResult { .failure(.notSocket) }

  /// Copies bytes from a position of what is being received, as many as there are or there is room for.
  func copy(into buffer: inout MutableSpan<UInt8>, at offset: Int) -> Int { 0 }

  /// Ends receiving: takes out what was copied, unless it was only peeked at.
  func endReceive(_ world: World, count: Int, isPeek: Bool) {}

  /// Begins to send to the connected peer: how many of `count` bytes can be taken, or why none can.
  ///
  /// The caller then hands them over by ``append(_:)`` and ends with ``endSend(_:)``.
  func beginSend(_ world: World, count: Int) -> IOResult { .failure(.notSocket) }

  /// Takes over bytes that are being sent.
  func append(_ bytes: Span<UInt8>) {}

  /// Ends sending: what was taken over goes on its way.
  func endSend(_ world: World) {}

  /// Reads from a pipe begin by this, and go on as receiving does; sockets can be read from as well.
  func beginRead(_ world: World, limit: Int) -> IOResult { beginReceive(world, limit: limit, isPeek: false) }

  /// Writes to a pipe begin by this, and go on as sending does; sockets can be written to as well.
  func beginWrite(_ world: World, count: Int) -> IOResult { beginSend(world, count: count) }

  /// The last descriptor that led here was closed.
  func close(_ world: World) {}

  /// Lets go of other objects at the end of the simulation.
  func unlink() {}

  /// The object as a socket, or as a queue.
  var socket: Socket? { nil }
  var queue: EventQueue? { nil }

  /// Whether the object is the writing end of a pipe.
  var isPipeWriter: Bool { false }

  /// The connections that wait to be accepted; `nil` for what is no listener.
  var waitingConnections: Int? { nil }

  /// One line for a diagnosis: what the object is and the state that it is in.
  var summary: String { "" }
}

/// What a filter finds: whether it fires, and what its event says.
struct Condition {
  var isTrue: Bool
  /// A number of bytes, or of connections.
  var data: Int
  /// Whether the direction has ended.
  var isEnd = false
  /// The error with which it has ended.
  var code: Int32 = 0

  static var never: Condition { Condition(isTrue: false, data: 0) }
}

internal import MetalCore
internal import MetalKqueue

/// An object of a simulated kernel, such as a socket, that descriptors refer to.
///
/// A subclass overrides the operations that it has. The other operations fail as on a real system.
class File {
  /// Copies bytes from the beginning of a queue to the caller.
  typealias Copying = (borrowing ByteQueue, Int) -> Void
  /// Appends bytes of the caller to a queue.
  typealias Appending = (inout ByteQueue, Int) -> Void

  /// The kernel that the object lives in.
  let kernel: KernelState
  /// The number of descriptors that refer to the object.
  var descriptorCount = 0
  /// Whether operations that would block return at once: see ``SimulatedKernel/setNonBlocking(_:of:)``.
  var isNonBlocking = true
  /// Whether the program knows that nothing more arrives, because it has read the end or shut the direction down.
  var isEndKnown = false
  /// The registrations for the reading direction and for the writing direction.
  var readers = KnoteList()
  var writers = KnoteList()

  init(_ kernel: KernelState) {
    self.kernel = kernel
  }

  // MARK: Operations for event queues

  /// The reading filter's result for a registration.
  func readCondition(_ knote: Knote) -> Condition { .never }

  /// The writing filter's result for a registration.
  func writeCondition(_ knote: Knote) -> Condition { .never }

  /// The reason why a queue cannot watch the object in a direction; `nil` without a reason.
  func attachError(_ filter: KernelEvent.Filter, _ queue: EventQueue, _ world: World) -> Errno? { nil }

  // MARK: Operations for sources

  /// Receives bytes, and takes them out of the object unless the call peeks.
  ///
  /// An override calls `copy` once, with a queue and the number of bytes to copy, and returns the number. If there are
  /// no bytes, the override throws the reason, and may leave out the call of `copy`.
  func receive(_ world: World, _ call: inout Reception, _ copy: Copying) throws(Errno) -> Int { throw .notSocket }

  /// Sends bytes of the caller.
  ///
  /// An override calls `append` once, with a queue and the number of bytes to take, and returns the number. If the
  /// object takes no bytes, the override throws the reason, and does not call `append`.
  func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int { throw .notSocket }

  /// Ends the object after the program has closed its last descriptor.
  func close(_ world: World) {}

  /// Releases other objects at the end of the simulation.
  func unlink() {}

  /// The object as a socket or a queue; `nil` for another object.
  var socket: Socket? { self as? Socket }
  var queue: EventQueue? { self as? EventQueue }

  /// Whether the object is the writing end of a pipe.
  var isPipeWriter: Bool { false }

  /// The number of connections that wait to be accepted; `nil` if the object is no listener.
  var waitingConnections: Int? { nil }

  /// The serial number of the object's TCP connection; 0 if there is none.
  var connectionNumber: UInt64 { 0 }

  /// The addresses of the object and of its peer, for records.
  var addresses: TraceRecord.Detail { .none }

  /// One line for a diagnosis: the kind of the object and its state.
  var summary: String { "" }
}

/// The result of a filter: whether it fires, and the fields of its event.
struct Condition {
  var isTrue: Bool
  /// A number of bytes, or of connections.
  var data: Int
  /// Whether the direction has ended.
  var isEnd = false
  /// The error with which the direction has ended.
  var code: Int32 = 0

  static var never: Condition { Condition(isTrue: false, data: 0) }
}

#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore

/// A registered socket, its readiness, and its request to AFD.
///
/// The address of a record is the address of its request, which the kernel returns with the completion.
struct Record: BitwiseCopyable {
  /// The memory that the kernel may write to while the request is under way.
  var request = Record.unused
  /// The number of the registration, which this table never uses again; 0 if the record is free.
  var generation: UInt64 = 0
  var token: Token = 0
  /// The base handle of the socket.
  var socket: Int = 0
  /// The position of the record in the table.
  let index: Int32
  /// The position of the next record in the list of free records, or in the list of changes.
  var next: Int32 = -1
  var readiness = Readiness(interests: .readable)
  /// The conditions that the request under way asks for.
  var requested: Conditions = []
  var state: State = []

  init(index: Int32) { self.index = index }

  /// The state of a record.
  struct State: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// The kernel may write to the request, and its completion is still to come.
    static var isUnderWay: State { State(rawValue: 1) }
    /// The selector has cancelled the request that is under way.
    static var isCancelled: State { State(rawValue: 2) }
    /// The program has registered the source again since the request started.
    static var isRenewed: State { State(rawValue: 4) }
    /// The record is in the list of changes.
    static var isChanged: State { State(rawValue: 8) }
  }

  var isUnderWay: Bool { state.contains(.isUnderWay) }

  /// Whether the request that AFD should have differs from the request that it has.
  var needsChange: Bool {
    guard generation != 0, readiness.needsRequest else { return false }
    return !isUnderWay || !readiness.armed.isSubset(of: requested)
  }

  /// The request of a record that the kernel does not use.
  ///
  /// A record gets these values after each completion, and the table compares them before the next request. If the
  /// values differ, the kernel has written to memory that it no longer owned.
  static var unused: metal_afd_request {
    let filler: UInt64 = 0xDDDD_DDDD_DDDD_DDDD
    return metal_afd_request(
      status: UInt(truncatingIfNeeded: filler), information: UInt(truncatingIfNeeded: filler),
      timeout: Int64(bitPattern: filler), count: UInt32(truncatingIfNeeded: filler),
      is_exclusive: UInt32(truncatingIfNeeded: filler), socket: Int(truncatingIfNeeded: filler),
      events: UInt32(truncatingIfNeeded: filler), socket_status: Int32(truncatingIfNeeded: filler))
  }

  /// Stops the program if the kernel has written to a request that was not under way.
  func checkUnused() {
    let unused = Record.unused
    let isEqual =
      request.status == unused.status && request.information == unused.information
      && request.timeout == unused.timeout && request.count == unused.count
      && request.is_exclusive == unused.is_exclusive && request.socket == unused.socket
      && request.events == unused.events && request.socket_status == unused.socket_status
    guard isEqual else {
      fatalError("Windows has written to a request of AFD after its completion. Report this as a bug of the library.")
    }
  }
}
#endif

internal import MetalCore
internal import MetalKqueue

// Rules for both ends of every connection, of TCP and of Unix-domain streams.

extension Socket {
  /// The reading filter's result: the end first, then an error, then bytes (R3, R6).
  func streamReadCondition(_ knote: Knote, count: Int, isEnd: Bool) -> Condition {
    if isEnd { return Condition(isTrue: true, data: count, isEnd: true, code: pendingError?.rawValue ?? 0) }
    let lowWater = knote.readLowWater(most: options[.receiveBufferSize])
    return Condition(isTrue: pendingError != nil || count >= lowWater, data: count)
  }

  /// The reading filter's result for a socket without a connection: a listener counts the waiting connections (R1).
  var listenerReadCondition: Condition {
    guard let backlog else { return .never }
    let extra = kernel.profile.tcp.countsUnfinishedConnections ? backlog.unfinished : 0
    return Condition(isTrue: !backlog.isEmpty, data: backlog.count + extra)
  }

  /// The writing filter's result: the end first, then an error, then room (R8).
  func streamWriteCondition(_ knote: Knote, room: Int, lowWater: Int, isEnd: Bool) -> Condition {
    let data = max(room, 0)
    if isEnd { return Condition(isTrue: true, data: data, isEnd: true, code: pendingError?.rawValue ?? 0) }
    let mark = knote.writeLowWater(lowWater, most: options[.sendBufferSize])
    return Condition(isTrue: pendingError != nil || room >= mark, data: data)
  }

  /// Receives bytes that have arrived.
  ///
  /// Without bytes, the call throws the pending error, or returns 0 at the end (R15), even without room (X1).
  func receiveStream(
    _ call: Reception, from bytes: inout ByteQueue, isEnd: Bool, _ copy: Copying
  ) throws(Errno) -> Int {
    if !bytes.isEmpty {
      let count = min(call.limit, bytes.count)
      copy(bytes, count)
      if count > 0, !call.isPeek { bytes.removeFirst(count) }
      return count
    }
    return try receiveNothing(call, isEnd: isEnd)
  }

  /// Receives from an empty socket: throws the pending error, returns 0 at the end, or throws would-block.
  func receiveNothing(_ call: Reception, isEnd: Bool) throws(Errno) -> Int {
    if let errno = pendingError {
      if !call.isPeek { pendingError = nil }
      throw errno
    }
    if !isEnd { throw .wouldBlock }
    return 0
  }

  /// Returns how many of `count` bytes a stream takes: a part only if the room reaches the low-water mark (R12).
  func streamRoom(for count: Int, room: Int, lowWater: Int) throws(Errno) -> Int {
    if count > room, room < max(lowWater, 1) { throw .wouldBlock }
    return min(count, room)
  }
}

internal import MetalCore
internal import MetalKqueue

// What holds for the two ends of every connection, whatever carries their bytes.

extension Socket {
  /// What the reading filter finds: the end first, then an error, then bytes (R3, R6).
  func streamReadCondition(_ knote: Knote, count: Int, isEnd: Bool) -> Condition {
    if isEnd { return Condition(isTrue: true, data: count, isEnd: true, code: pendingError?.rawValue ?? 0) }
    let lowWater = knote.readLowWater(most: options.receiveBufferSize)
    return Condition(isTrue: pendingError != nil || count >= lowWater, data: count)
  }

  /// What the writing filter finds: the end first, then an error, then room (R8).
  func streamWriteCondition(_ knote: Knote, room: Int, lowWater: Int, isEnd: Bool) -> Condition {
    let data = max(room, 0)
    if isEnd { return Condition(isTrue: true, data: data, isEnd: true, code: pendingError?.rawValue ?? 0) }
    let mark = knote.writeLowWater(lowWater, most: options.sendBufferSize)
    return Condition(isTrue: pendingError != nil || room >= mark, data: data)
  }

  /// Begins to receive some of `count` bytes that are there: these first, then an error, then the end (R15).
  ///
  /// A call without room looks as well (X1).
  func beginStreamReceive(limit: Int, isPeek: Bool, count: Int, isEnd: Bool) -> IOResult {
    if count > 0 { return .success(min(limit, count)) }
    if let errno = pendingError {
      if !isPeek { pendingError = nil }
      return .failure(errno)
    }
    return isEnd ? .success() : .failure(.wouldBlock)
  }

  /// Begins to send as much of `count` bytes as there is room for: in part only if that is worth it (R12).
  func beginStreamSend(count: Int, room: Int, lowWater: Int) -> IOResult {
    if count > room, room < max(lowWater, 1) { return .failure(.wouldBlock) }
    return .success(min(count, room))
  }
}

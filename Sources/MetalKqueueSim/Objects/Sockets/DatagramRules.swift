internal import MetalCore
internal import MetalKqueue

// What holds for every socket that receives datagrams, whatever brings them.

extension Socket {
  /// The reading filter's result: the end first, then an error, which does not end anything (R3), then datagrams.
  func datagramReadCondition(_ knote: Knote, _ queue: DatagramQueue, isEnd: Bool) -> Condition {
    let count = queue.byteCount + queue.count * addressBytesInData
    if isEnd { return Condition(isTrue: true, data: count, isEnd: true, code: pendingError?.rawValue ?? 0) }
    if pendingError != nil { return Condition(isTrue: true, data: count) }
    // An empty datagram is something to read (R7), unless the registration asks for bytes.
    let asksForBytes = knote.filterFlags & KernelEvent.lowWaterMark != 0
    let least = asksForBytes ? knote.readLowWater(most: options[.receiveBufferSize]) : 0
    return Condition(isTrue: !queue.isEmpty && count >= least, data: count)
  }

  /// The writing filter's result: there is always room, because nothing waits to be sent (R11).
  func datagramWriteCondition(_ knote: Knote, isEnd: Bool) -> Condition {
    streamWriteCondition(knote, room: options[.sendBufferSize], lowWater: 1, isEnd: isEnd)
  }

  /// Receives the first datagram, and says where it is from; without one, an error, then the end (R15).
  func receiveDatagram(
    _ call: inout Reception, from queue: inout DatagramQueue, isEnd: Bool, _ copy: Copying
  ) throws(Errno) -> Int {
    if let first = queue.first {
      call.source = first.source
      call.isTruncated = first.count > call.limit
      let count = min(first.count, call.limit)
      copy(queue.bytes, count)
      // The rest of a datagram that was cut off goes with it.
      if !call.isPeek { queue.removeFirst() }
      return count
    }
    // A call without room blocks as well: a count of 0 would say that an empty datagram was there.
    return try receiveNothing(call, isEnd: isEnd)
  }
}

internal import MetalCore

extension World {
  /// The result of taking an entry from the schedule.
  enum Step {
    case none
    /// Something has occurred in the network or in a kernel.
    case occurrence
    /// The caller must run an action outside of the world.
    case action(Schedule.Action, previous: TraceRecord.Cause)
  }

  /// Carries out the first entry that is due until a time, or returns the entry's action.
  func takeStep(until end: Int64) -> Step {
    guard let time = schedule.nextTime, time <= end, let entry = schedule.takeFirst() else { return .none }
    if time > now {
      now = time
      noteProgress()
    }
    noteWait()
    let previous = cause
    cause = entry.cause
    switch entry.work {
    case .action(let action):
      cause = .action(trace.append(record(.action, action.machine)))
      return .action(action, previous: previous)
    case .packet(let packet):
      arrive(packet)
    case .retry(let direction):
      recordRetry(direction)
      kernels[direction.host].connections.socket(direction.connection)?.retry(self)
    case .retransmission(let direction):
      recordRetry(direction)
      retransmit(direction)
    }
    cause = previous
    return .occurrence
  }

  private func recordRetry(_ direction: LostPackets.Direction) {
    var record = record(.retry, direction.host)
    record.connectionNumber = direction.connection
    trace.append(record)
  }
}

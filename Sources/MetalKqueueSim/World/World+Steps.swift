internal import MetalCore

extension World {
  /// The result of taking an entry from the schedule.
  enum Step {
    case none
    /// Something has occurred in the network or in a kernel.
    case occurrence
    /// An action is to be run outside of the world.
    case action(Schedule.Action)
  }

  /// Takes the first entry that is scheduled up to a time, and carries it out unless it is an action.
  func takeStep(until end: Int64) -> Step {
    guard let time = schedule.nextTime, time <= end, let work = schedule.takeFirst() else { return .none }
    if time > now {
      now = time
      noteProgress()
    }
    noteWait()
    switch work {
    case .action(let action):
      trace.note(.occurrence, "action", node: action.machine, now)
      return .action(action)
    case .packet(let packet):
      trace.note(.occurrence, "network", now)
      arrive(packet)
      return .occurrence
    case .retry(let retry):
      trace.note(.occurrence, "network", now)
      kernels[retry.host].connections.socket(retry.connection)?.retry(self)
      return .occurrence
    case .retransmission(let direction):
      trace.note(.occurrence, "network", now)
      retransmit(direction)
      return .occurrence
    }
  }
}

internal import MetalCore
internal import MetalKqueue

extension World {
  /// Counts a call that found nothing; returns whether the program is spinning.
  func isSpinning() -> Bool {
    // Each such call takes a microsecond, which brings what is scheduled nearer.
    guard schedule.isEmpty else { return false }
    idleCalls += 1
    return idleCalls >= mostIdleCalls
  }

  /// Makes a node's wait fail, and says why.
  func fail(_ node: Node, _ wait: Node.Wait) -> IOResult {
    diagnosis = diagnose(node, wait)
    trace.note(.deadlock, node: node.index, now)
    idleCalls = 0
    return .failure(.deadlock)
  }

  private func diagnose(_ node: Node, _ wait: Node.Wait) -> Diagnosis {
    let timeout = wait.timeout.map { Duration.nanoseconds($0).milliseconds } ?? "none"
    let since = Duration.nanoseconds(wait.start).milliseconds
    return Diagnosis(
      kind: wait.timeout == nil ? .deadlock : .livelock, time: .nanoseconds(now), seed: seed, node: node.name,
      call: "poll(timeout: \(timeout)) since \(since)", sources: sources(of: wait.queue))
  }

  /// What a queue watches: one entry per descriptor, its directions together.
  private func sources(of queue: EventQueue) -> [Diagnosis.Watched] {
    var sources: [Diagnosis.Watched] = []
    let knotes = queue.knotes.filter { $0.filter != .user }
    var index = 0
    while index < knotes.count {
      let knote = knotes[index]
      let together = knotes[index...].prefix { $0.ident == knote.ident }
      index += together.count
      sources.append(
        Diagnosis.Watched(
          token: knote.token, descriptor: Int32(truncatingIfNeeded: knote.ident),
          summary: knote.file?.summary ?? "",
          interests: together.map { $0.filter == .read ? "readable" : "writable" }.joined(separator: "|"),
          lostEdge: together.lazy.compactMap { $0.lostEdge }.first))
    }
    return sources
  }
}

extension Knote {
  /// What was reported and not taken: something to read, and an event of it that was delivered.
  ///
  /// Of the writing direction nothing is lost: a program that has nothing to write leaves it reported.
  fileprivate var lostEdge: String? {
    guard filter == .read, !isActive, !isDisabled, let deliveredAt else { return nil }
    let condition = condition
    guard condition.isTrue else { return nil }
    let since = Duration.nanoseconds(deliveredAt).milliseconds
    if let waiting = file?.waitingConnections {
      return "readable since \(since), \(waiting) connections never accepted; accept until .wouldBlock"
    }
    if condition.isEnd, condition.data == 0 {
      return "readable since \(since), the end of the stream never read; read until 0"
    }
    return "readable since \(since), \(condition.data) bytes never read; read until .wouldBlock"
  }
}

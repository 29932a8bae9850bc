internal import MetalCore
internal import MetalKqueue

extension World {
  /// Counts a poll.
  ///
  /// - Parameter inTime: Whether the poll takes a microsecond, so that the clock comes nearer to scheduled entries.
  /// - Returns: Whether the number of polls without progress has reached the limit.
  func isSpinning(inTime: Bool) -> Bool {
    if inTime, !schedule.isEmpty || sleepersWithDeadline > 0 { return false }
    idlePolls += 1
    return idlePolls >= mostIdleCalls
  }

  /// Makes a wait fail with a diagnosis.
  func fail(
    _ kernel: KernelState, _ wait: KernelState.Wait, _ kind: Diagnosis.Kind, because reason: String
  ) -> IOResult {
    let waiter = waiter(wait, kernel, nil)
    diagnosis = Diagnosis(
      kind: kind, reason: reason, time: .nanoseconds(now), seed: seed, waiters: [waiter] + others([wait.queue]))
    trace.append(record(.deadlock, kernel.host.index))
    noteProgress()
    return .failure(.deadlock)
  }

  /// Makes the diagnosis of a run that has ended before its programs.
  func diagnose(
    _ kind: Diagnosis.Kind, because reason: String, _ programs: [(name: String, machine: String, wait: PendingWait?)]
  ) -> Diagnosis {
    let waiters = programs.map { name, machine, pending in
      pending.map { waiter($0.wait, $0.kernel, name) }
        ?? Diagnosis.Waiter(machine: machine, program: name, call: "does not wait", sources: [])
    }
    let found = Diagnosis(
      kind: kind, reason: reason, time: .nanoseconds(now), seed: seed,
      waiters: waiters + others(programs.compactMap { $0.wait?.wait.queue }))
    diagnosis = found
    trace.append(record(.deadlock, -1))
    return found
  }

  /// Explains why the system could choose no port for a socket.
  func explainMissingPort(_ socket: IPSocket) {
    let call = "a port for a \(socket.kind == .stream ? "TCP" : "UDP") socket"
    diagnosis = Diagnosis(
      kind: .portExhaustion, reason: socket.ports.usage(now), time: .nanoseconds(now), seed: seed,
      waiters: [Diagnosis.Waiter(machine: socket.kernel.host.name, program: nil, call: call, sources: [])])
  }

  private func waiter(_ wait: KernelState.Wait, _ kernel: KernelState, _ program: String?) -> Diagnosis.Waiter {
    let timeout = wait.timeout.map { Duration.nanoseconds($0).milliseconds } ?? "none"
    let since = Duration.nanoseconds(wait.start).milliseconds
    return Diagnosis.Waiter(
      machine: kernel.host.name, program: program, call: "wait(timeout: \(timeout)) since \(since)",
      sources: sources(of: wait.queue))
  }

  /// All other queues with sources, on every machine, because one of them may have the cause of a deadlock.
  private func others(_ queues: [EventQueue]) -> [Diagnosis.Waiter] {
    var all: [Diagnosis.Waiter] = []
    for kernel in kernels {
      for entry in kernel.descriptors.entries {
        guard let queue = entry.file.queue, !queues.contains(where: { $0 === queue }) else { continue }
        let sources = sources(of: queue)
        if !sources.isEmpty {
          all.append(
            Diagnosis.Waiter(machine: kernel.host.name, program: nil, call: "watches", sources: sources))
        }
      }
    }
    return all
  }

  /// The sources that a queue watches: one entry per descriptor, with both directions.
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
          token: Token(rawValue: knote.token), descriptor: Int32(truncatingIfNeeded: knote.ident),
          summary: knote.file?.summary ?? "",
          interests: together.map { $0.filter == .read ? "readable" : "writable" }.joined(separator: "|"),
          lostEdge: together.lazy.compactMap { $0.lostEdge }.first))
    }
    return sources
  }
}

extension Knote {
  /// The lost edge of a registration, for data that an event has reported and no call has read.
  ///
  /// A writing direction has no lost edge, because a program with nothing to write may leave the edge unused.
  fileprivate var lostEdge: String? {
    guard filter == .read, !isActive, !isDisabled, let deliveredAt else { return nil }
    let condition = condition
    guard condition.isTrue else { return nil }
    let since = Duration.nanoseconds(deliveredAt).milliseconds
    if let waiting = file?.waitingConnections {
      return "readable since \(since), \(waiting) connections never accepted; accept until nil"
    }
    if condition.isEnd, condition.data == 0 {
      if file?.isEndKnown == true { return nil }
      return "readable since \(since), the end of the stream never read; read until 0"
    }
    return "readable since \(since), \(condition.data) bytes never read; read until nil"
  }
}

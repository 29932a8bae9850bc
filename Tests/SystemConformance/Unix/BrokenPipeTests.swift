import CSystem
import MetalCore
import MetalSystem
import Synchronization
import Testing

/// Each test runs in a process of its own: a signal is the process's, and so is the choice of how it is kept away.
@Suite("PIPE: SIGPIPE", .backend)
struct BrokenPipeTests {
  @Test("PIPE-06 Writing to a broken pipe raises no SIGPIPE, by the flag of the call")
  func withFlag() async {
    await #expect(processExitsWith: .success) {
      try expectNoSignal()
      // Linux has the flag since 6.18; a kernel without it has been asked, and was not asked in vain again.
      #expect(isFlagInUse() == kernelHasFlag())
    }
  }

  @Test("PIPE-06 Writing to a broken pipe raises no SIGPIPE, by blocking it around the call")
  func withoutFlag() async {
    await #expect(processExitsWith: .success) {
      NoSignal.hasFlag.store(false, ordering: .relaxed)
      try expectNoSignal()
      #expect(!isFlagInUse())
    }
  }

  @Test("PIPE-06 A SIGPIPE that is blocked stays blocked, and none is pending afterwards")
  func blocked() async {
    await #expect(processExitsWith: .success) {
      for hasFlag in [true, false] {
        NoSignal.hasFlag.store(hasFlag, ordering: .relaxed)
        try expectNoSignal(blocking: true)
      }
    }
  }

  @Test("PIPE-06 A SIGPIPE that is pending stays pending")
  func pending() async {
    await #expect(processExitsWith: .success) {
      for hasFlag in [true, false] {
        NoSignal.hasFlag.store(hasFlag, ordering: .relaxed)
        try expectPendingSignalStays()
      }
    }
  }

  @Test("PIPE-06 A blocking write that comes up short because the reader goes raises no SIGPIPE")
  func shortBlockingWrite() async {
    await #expect(processExitsWith: .success) {
      for hasFlag in [true, false] {
        NoSignal.hasFlag.store(hasFlag, ordering: .relaxed)
        try expectShortBlockingWrite()
      }
    }
  }

  @Test("UDS-26 Writing to a Unix-domain stream whose peer is gone raises no SIGPIPE")
  func streams() async {
    await #expect(processExitsWith: .success) {
      try expectUnchanged { () throws(IOError) in
        let pair = try UnixStream.pair()
        let stream = pair.first
        try pair.second.close()
        expectBrokenPipe(stream)
        let datagrams = try UnixDatagramSocket.pair()
        let datagram = datagrams.first
        try datagram.shutdown(.write)
        expectError(.brokenPipe) { () throws(IOError) in try datagram.send([1].span) }
      }
    }
  }

  @Test("PIPE-06 The tests above can fail: SIGPIPE's default action ends the process that raises it")
  func canFail() async {
    await #expect(processExitsWith: .signal(SIGPIPE)) {
      system_set_default_action(SIGPIPE)
      let pipe = try PipeEnds()
      let writer = pipe.writer
      try pipe.reader.close()
      // Safety: the call reads the array's three bytes.
      _ = unsafe system_write(writer.rawDescriptor, [1, 2, 3], 3)
    }
  }

  @Test("PIPE-06 A kernel that does not know the flag is asked once, and written to without it from then on")
  func refusedByTheKernel() async {
    await #expect(processExitsWith: .success) {
      try writeOnOldKernel(vectored: false)
    }
    await #expect(processExitsWith: .success) {
      try writeOnOldKernel(vectored: true)
    }
  }

  @Test("PIPE-06 A file that does not take the flag is written to without it; others go on with it")
  func refusedByAFile() async {
    await #expect(processExitsWith: .success) {
      try writeToEvent()
    }
  }
}

/// The bit of SIGPIPE in a set of signals.
private let pipeSignal: UInt32 = 1 << UInt32(SIGPIPE)

/// Runs something with SIGPIPE's default action, and expects that action, mask and pending signals are as before.
private func expectUnchanged(_ body: () throws(IOError) -> Void) throws(IOError) {
  system_set_default_action(SIGPIPE)
  let (mask, pending) = (system_blocked_signals(), system_pending_signals())
  try body()
  #expect(system_blocked_signals() == mask)
  #expect(system_pending_signals() == pending)
  #expect(system_has_default_action(SIGPIPE))
}

/// Writes to a broken pipe in every form, with SIGPIPE blocked or not.
private func expectNoSignal(blocking: Bool = false) throws(IOError) {
  if blocking { system_block_signal(SIGPIPE) } else { system_unblock_signal(SIGPIPE) }
  try expectUnchanged { () throws(IOError) in
    let pipe = try PipeEnds()
    let writer = pipe.writer
    // Also while it is whole.
    for form in WriteForm.allCases {
      let moved = try form(writer, [1, 2, 3, 4])
      #expect(moved == 4)
    }
    try pipe.reader.close()
    for _ in 0..<3 { expectBrokenPipe(writer) }
  }
  #expect((system_blocked_signals() & pipeSignal != 0) == blocking)
  #expect(system_pending_signals() & pipeSignal == 0)
}

/// Writes to a broken pipe in every form while a SIGPIPE of somebody else is pending, and takes that at the end.
private func expectPendingSignalStays() throws(IOError) {
  system_block_signal(SIGPIPE)
  try checked(system_signal_thread(system_thread(), SIGPIPE))
  try expectUnchanged { () throws(IOError) in
    #expect(system_pending_signals() & pipeSignal != 0)
    let pipe = try PipeEnds()
    let writer = pipe.writer
    try pipe.reader.close()
    for form in WriteForm.allCases {
      expectError(.brokenPipe) { () throws(IOError) in try form(writer, [1, 2, 3, 4]) }
      #expect(system_pending_signals() & pipeSignal != 0)
    }
  }
  #expect(system_take_signal(SIGPIPE) == SIGPIPE)
  #expect(system_pending_signals() & pipeSignal == 0)
}

/// Whether writes are made with the flag.
private func isFlagInUse() -> Bool {
  NoSignal.hasFlag.load(ordering: .relaxed)
}

/// Whether the kernel takes the flag, as Linux does since 6.18.
private func kernelHasFlag() -> Bool { system_has_release(6, 18) }

/// Writes to a broken pipe on a kernel that is told to know no flags, as before Linux 6.18.
private func writeOnOldKernel(vectored: Bool) throws(IOError) {
  try expectUnchanged { () throws(IOError) in
    let pipe = try PipeEnds()
    let writer = pipe.writer
    try checked(system_refuse_call(system_call_pwritev2, EOPNOTSUPP))
    let form = vectored ? WriteForm.vector : .span
    #expect(isFlagInUse())
    let moved = try form(writer, [1, 2, 3, 4])
    #expect(moved == 4)
    #expect(!isFlagInUse())
    // Whoever asked again would have to end the process now.
    try checked(system_forbid_call(system_call_pwritev2))
    #expect(try pipe.reader.readOnce() == [1, 2, 3, 4])
    try pipe.reader.close()
    expectBrokenPipe(writer)
  }
}

/// Writes to an eventfd, whose driver takes no flags, and then to a broken pipe.
private func writeToEvent() throws(IOError) {
  let pipe = try PipeEnds()
  let broken = pipe.writer
  try pipe.reader.close()
  let event = PipeWriter(adopting: try opened(system_eventfd()))
  try expectUnchanged { () throws(IOError) in
    for round in 0..<3 {
      #expect(try event.write([1, 0, 0, 0, 0, 0, 0, 0].span) == 8)
      #expect(isFlagInUse() == kernelHasFlag())
      // The kernel was asked by a pipe of the library's own, which happens once.
      if round == 0 { try checked(system_forbid_call(system_call_pipe2)) }
    }
    expectBrokenPipe(broken)
  }
}

/// Writes more than a pipe holds, blocking, while the reader takes some of it and goes.
private func expectShortBlockingWrite() throws(IOError) {
  system_set_default_action(SIGPIPE)
  let pipe = try PipeEnds()
  let writer = pipe.writer
  try writer.setNonBlocking(false)
  try pipe.reader.setNonBlocking(false)
  let reader = Handoff<PipeReader>()
  reader.put(pipe.reader)
  let bytes = [UInt8](repeating: 7, count: 1 << 20)
  let count = try ready(
    meanwhile(
      {
        // Blocks until the write has begun; then the reader goes, in the middle of it.
        guard let reader = reader.take() else { return }
        var byte: [UInt8] = [0]
        _ = try? reader.read(into: byte.mutableSpan)
      },
      { () throws(IOError) in try writer.write(bytes.span) }))
  #expect(count > 0 && count < bytes.count)
}

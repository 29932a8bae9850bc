import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: pipes")
struct PipeRuleTests {
  @Test("P1 A pipe is readable with its bytes, and at its end", arguments: KernelProfile.all)
  func reading(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    kernel.write(pipe.second, 3)
    kernel.write(pipe.second, 4)
    #expect(queue.told() == [.read(1, 7)])
    try kernel.close(pipe.second)
    #expect(queue.told() == [.read(1, 7, end: 0)])
    #expect(kernel.read(pipe.first) == .moved(7))
    #expect(kernel.read(pipe.first) == .moved(0))
  }

  @Test("P2 A pipe is writable from 512 free bytes on", arguments: KernelProfile.all)
  func writing(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let size = profile.pipes.buffer
    queue.change(.write(pipe.second, [.add, .clear], token: 1))
    #expect(queue.told() == [.write(1, size)])
    kernel.write(pipe.second, size - 512)
    queue.change(.write(pipe.second, .enable, token: 1))
    #expect(queue.told() == [.write(1, 512)])
    kernel.write(pipe.second, 1)
    queue.change(.write(pipe.second, .enable, token: 1))
    #expect(queue.told() == [])
    try kernel.close(pipe.first)
    // P6: on NetBSD a full pipe is silent.
    #expect(queue.told().map(\.end) == (profile == .netBSD ? [] : [0]))
  }

  @Test("P3 Up to 512 bytes are written all or not at all, more in part", arguments: KernelProfile.all)
  func amounts(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let pipe = try kernel.openPipe()
    let size = profile.pipes.buffer
    #expect(kernel.read(pipe.first) == .failed(.wouldBlock))
    #expect(kernel.write(pipe.second, size - 100) == .moved(size - 100))
    #expect(kernel.write(pipe.second, 512) == .failed(.wouldBlock))
    #expect(kernel.write(pipe.second, 101) == .failed(.wouldBlock))
    #expect(kernel.write(pipe.second, 60) == .moved(60))
    #expect(kernel.write(pipe.second, 513) == .moved(40))
    #expect(kernel.write(pipe.second, 513) == .failed(.wouldBlock))
    #expect(kernel.read(pipe.first, 1) == .moved(1))
    #expect(kernel.write(pipe.second, 1) == .moved(1))
    try kernel.close(pipe.first)
    #expect(kernel.write(pipe.second, 1) == .failed(.brokenPipe))
  }

  @Test("P4 A partial read tells the reader again, and a write the writer", arguments: KernelProfile.all)
  func oneList(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let size = profile.pipes.buffer
    queue.change(.read(pipe.first, [.add, .clear], token: 1), .write(pipe.second, [.add, .clear], token: 2))
    #expect(queue.told() == [.write(2, size)])
    kernel.write(pipe.second, 10)
    #expect(Set(queue.told()) == [.read(1, 10), .write(2, size - 10)])
    #expect(queue.told() == [])
    #expect(kernel.read(pipe.first, 4) == .moved(4))
    #expect(Set(queue.told()) == [.read(1, 6), .write(2, size - 6)])
    #expect(queue.told() == [])
  }

  @Test("P4 A read that leaves less than 512 bytes free tells nobody, but on macOS", arguments: KernelProfile.all)
  func littleRoom(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let size = profile.pipes.buffer
    kernel.write(pipe.second, size)
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    #expect(queue.told() == [.read(1, size)])
    #expect(kernel.read(pipe.first, 511) == .moved(511))
    #expect(queue.told() == (profile == .macOS ? [.read(1, size - 511)] : []))
    #expect(kernel.read(pipe.first, 1) == .moved(1))
    #expect(queue.told() == [.read(1, size - 512)])
  }

  @Test(
    "P5 A read that finds nothing runs the filters on macOS, one that finds the end on NetBSD, too",
    arguments: KernelProfile.all)
  func emptyReads(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let isMacOS = profile == .macOS
    queue.change(.read(pipe.first, [.add, .clear], token: 1), .write(pipe.second, [.add, .clear], token: 2))
    #expect(queue.told() == [.write(2, profile.pipes.buffer)])
    #expect(kernel.read(pipe.first) == .failed(.wouldBlock))
    #expect(queue.told() == (isMacOS ? [.write(2, profile.pipes.buffer)] : []))
    try kernel.close(pipe.second)
    #expect(queue.told() == [.read(1, 0, end: 0)])
    for _ in 0..<2 {
      #expect(kernel.read(pipe.first) == .moved(0))
      #expect(queue.told() == (profile == .freeBSD ? [] : [.read(1, 0, end: 0)]))
    }
  }

  @Test(
    "P6 A writer is told that its reader is gone; on FreeBSD that ends the registration",
    arguments: KernelProfile.all)
  func readerGoes(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let size = profile.pipes.buffer
    kernel.write(pipe.second, 5)
    queue.change(.write(pipe.second, [.add, .clear], token: 1))
    #expect(queue.told() == [.write(1, size - 5)])
    try kernel.close(pipe.first)
    #expect(queue.told() == [.write(1, 0, end: 0)])
    #expect(queue.told() == [])
    let isKept = profile != .freeBSD
    #expect(queue.receipts(.write(pipe.second, .enable, token: 1)) == [isKept ? nil : .notFound])
    #expect(queue.told() == (isKept ? [.write(1, 0, end: 0)] : []))
    #expect(queue.receipts(.write(pipe.second, .delete)) == [isKept ? nil : .notFound])
  }

  @Test("P6 The writer of a full pipe is not told on NetBSD until it is registered anew", arguments: KernelProfile.all)
  func readerOfFullPipeGoes(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    kernel.write(pipe.second, profile.pipes.buffer)
    queue.change(.write(pipe.second, [.add, .clear], token: 1))
    #expect(queue.told() == [])
    try kernel.close(pipe.first)
    #expect(queue.told() == (profile == .netBSD ? [] : [.write(1, 0, end: 0)]))
    #expect(kernel.write(pipe.second, 1) == .failed(.brokenPipe))
    guard profile == .netBSD else { return }
    queue.change(.write(pipe.second, .add, token: 2))
    #expect(queue.told() == [.write(2, 0, end: 0)])
    #expect(queue.receipts(.write(pipe.second, .delete)) == [nil])
    #expect(queue.receipts(.write(pipe.second, .add)) == [.badDescriptor])
  }

  @Test("P6 A level of a dead pipe is told once on FreeBSD, for ever elsewhere", arguments: KernelProfile.all)
  func readerGoesLevel(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    queue.change(.write(pipe.second, .add, token: 1))
    try kernel.close(pipe.first)
    #expect(queue.told().count == 1)
    #expect(queue.told().count == (profile == .freeBSD ? 0 : 1))
  }

  @Test("P7 A writer whose reader is gone: FreeBSD and NetBSD refuse it, macOS reports", arguments: KernelProfile.all)
  func registeredDead(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    try kernel.close(pipe.first)
    let isMacOS = profile == .macOS
    let refusal: IOError.Kind? = isMacOS ? nil : profile == .freeBSD ? .brokenPipe : .badDescriptor
    #expect(queue.receipts(.write(pipe.second, [.add, .clear], token: 1)) == [refusal])
    #expect(queue.told() == (isMacOS ? [.write(1, 0, end: 0)] : []))
    #expect(queue.receipts(.write(pipe.second, .delete)) == [isMacOS ? nil : .notFound])
  }

  @Test("P7 NetBSD refuses to watch a reader for writing whose writer is gone", arguments: KernelProfile.all)
  func readerRegisteredDead(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    try kernel.close(pipe.second)
    let refusal: IOError.Kind? = profile == .netBSD ? .badDescriptor : nil
    #expect(queue.receipts(.write(pipe.first, [.add, .clear]), .read(pipe.first, [.add, .clear])) == [refusal, nil])
  }

  @Test(
    "P8 The wrong end's filter is silent, but for the end on macOS, and a writer's on NetBSD",
    arguments: KernelProfile.all)
  func wrongEnd(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue) = try profile.queuedMachine()
    let isMacOS = profile == .macOS
    let first = try kernel.openPipe()
    queue.change(.read(first.second, [.add, .clear], token: 1))
    kernel.write(first.second, 9)
    #expect(queue.told() == [])
    try kernel.close(first.first)
    #expect(queue.told() == (profile == .freeBSD ? [] : [.read(1, 0, end: 0)]))
    let second = try kernel.openPipe()
    queue.change(.write(second.first, [.add, .clear], token: 2))
    kernel.write(second.second, 9)
    kernel.read(second.first)
    #expect(queue.told() == [])
    try kernel.close(second.second)
    #expect(queue.told().map(\.end) == (isMacOS ? [0] : []))
  }

  @Test("Reading the writing end and writing the reading end are refused", arguments: KernelProfile.all)
  func wrongCalls(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let pipe = try kernel.openPipe()
    #expect(kernel.read(pipe.second) == .failed(.badDescriptor))
    #expect(kernel.write(pipe.first, 1) == .failed(.badDescriptor))
  }

  @Test("An end stays until its last descriptor is closed", arguments: KernelProfile.all)
  func duplicates(_ profile: KernelProfile) throws(IOError) {
    let (kernel, queue, pipe) = try profile.pipedMachine()
    let copy = try kernel.duplicate(pipe.second)
    queue.change(.read(pipe.first, [.add, .clear], token: 1))
    try kernel.close(pipe.second)
    #expect(queue.told() == [])
    kernel.write(copy, 1)
    try kernel.close(copy)
    #expect(queue.told() == [.read(1, 1, end: 0)])
  }
}

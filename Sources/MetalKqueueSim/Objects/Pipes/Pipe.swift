internal import MetalCore
internal import MetalKqueue

/// The bytes between the two ends of a pipe.
final class PipeBuffer {
  var bytes = ByteQueue()
  let capacity: Int
  var reader: PipeReadEnd?
  var writer: PipeWriteEnd?

  /// The most bytes that are written all or not at all, and the room from which on a pipe counts as writable (P2, P3).
  static var atomicSize: Int { 512 }

  init(capacity: Int) {
    self.capacity = capacity
  }

  var room: Int { capacity - bytes.count }

  /// Runs the filters of both ends, which hang on one list (P4).
  func touch(_ world: World) {
    reader?.readers.touch(world)
    writer?.writers.touch(world)
    // The filters of the wrong ends see the end alone (P8).
    reader?.writers.touch(world)
    writer?.readers.touch(world)
  }

  /// Makes a pipe and its ends.
  static func make(_ kernel: KernelState, _ capacity: Int) -> (File, File) {
    let buffer = PipeBuffer(capacity: capacity)
    let ends = (reader: PipeReadEnd(kernel, buffer), writer: PipeWriteEnd(kernel, buffer))
    buffer.reader = ends.reader
    buffer.writer = ends.writer
    return ends
  }
}

/// The end of a pipe that is read from.
final class PipeReadEnd: File {
  private let buffer: PipeBuffer

  init(_ kernel: KernelState, _ buffer: PipeBuffer) {
    self.buffer = buffer
    super.init(kernel)
  }

  override func readCondition(_ knote: Knote) -> Condition {
    let count = buffer.bytes.count
    let isEnd = buffer.writer == nil
    return Condition(isTrue: count > 0 || isEnd, data: count, isEnd: isEnd)
  }

  /// The wrong end: macOS fires when the writer is gone, FreeBSD and NetBSD never (P8).
  override func writeCondition(_ knote: Knote) -> Condition {
    guard kernel.profile.pipes.reportsWriteEndAtReader, buffer.writer == nil else { return .never }
    return Condition(isTrue: true, data: 0, isEnd: true)
  }

  /// NetBSD refuses to watch a reader without a writer for writing (P7).
  override func attachError(_ filter: KernelEvent.Filter, _ queue: EventQueue, _ world: World) -> Errno? {
    guard filter == .write, buffer.writer == nil else { return nil }
    return world.profile.pipes.lostEnd == .isBadDescriptor ? .badDescriptor : nil
  }

  override func receive(
    _ world: World, _ call: inout Reception, _ copy: (borrowing ByteQueue, Int) -> Void
  ) -> IOResult {
    guard call.isRead else { return .failure(.notSocket) }
    if call.limit == 0 { return .success() }
    let count = min(call.limit, buffer.bytes.count)
    guard count > 0 else {
      let isEnd = buffer.writer == nil
      let pipes = world.profile.pipes
      if isEnd ? pipes.endedReadsRunFilters : pipes.blockedReadsRunFilters { buffer.touch(world) }
      return isEnd ? .success() : .failure(.wouldBlock)
    }
    copy(buffer.bytes, count)
    buffer.bytes.removeFirst(count)
    // macOS runs the filters while there is any room, others from a pipe's atomic size on (P4).
    if world.profile.pipes.readsReportAnyRoom || buffer.room >= PipeBuffer.atomicSize { buffer.touch(world) }
    return .success(count)
  }

  override func send(
    _ world: World, _ call: Transmission, _ append: (inout ByteQueue, Int) -> Void
  ) -> IOResult { .failure(call.isWrite ? .badDescriptor : .notSocket) }

  override func close(_ world: World) {
    // NetBSD runs the writer's filter before the end is set: a full pipe is not writable then, and stays silent (P6).
    let isReportedFirst = !world.profile.pipes.reportsLostReaderWhenFull
    if isReportedFirst { buffer.writer?.writers.touch(world) }
    buffer.reader = nil
    buffer.bytes.removeAll()
    if isReportedFirst { buffer.writer?.readers.touch(world) } else { buffer.touch(world) }
  }

  override func unlink() {
    buffer.reader = nil
    buffer.writer = nil
  }

  override var summary: String { "pipe, reading end, \(buffer.bytes.count) B" }
}

/// The end of a pipe that is written to.
final class PipeWriteEnd: File {
  private let buffer: PipeBuffer

  init(_ kernel: KernelState, _ buffer: PipeBuffer) {
    self.buffer = buffer
    super.init(kernel)
  }

  override var isPipeWriter: Bool { true }

  override func writeCondition(_ knote: Knote) -> Condition {
    guard buffer.reader != nil else { return Condition(isTrue: true, data: 0, isEnd: true) }
    return Condition(isTrue: buffer.room >= PipeBuffer.atomicSize, data: buffer.room)
  }

  /// The wrong end: macOS and NetBSD fire when the reader is gone, FreeBSD never (P8).
  override func readCondition(_ knote: Knote) -> Condition {
    guard kernel.profile.pipes.reportsReadEndAtWriter, buffer.reader == nil else { return .never }
    return Condition(isTrue: true, data: 0, isEnd: true)
  }

  /// FreeBSD and NetBSD refuse to watch a writer without a reader, each with another error (P7).
  override func attachError(_ filter: KernelEvent.Filter, _ queue: EventQueue, _ world: World) -> Errno? {
    guard filter == .write, buffer.reader == nil else { return nil }
    return switch world.profile.pipes.lostEnd {
    case .isWatched: nil
    case .isBrokenPipe: .brokenPipe
    case .isBadDescriptor: .badDescriptor
    }
  }

  override func send(
    _ world: World, _ call: Transmission, _ append: (inout ByteQueue, Int) -> Void
  ) -> IOResult {
    guard call.isWrite else { return .failure(.notSocket) }
    guard buffer.reader != nil else { return .failure(.brokenPipe) }
    if call.count == 0 {
      buffer.touch(world)
      return .success()
    }
    let needed = call.count <= PipeBuffer.atomicSize ? call.count : 1
    guard buffer.room >= needed else { return .failure(.wouldBlock) }
    let count = min(call.count, buffer.room)
    append(&buffer.bytes, count)
    buffer.touch(world)
    return .success(count)
  }

  override func receive(
    _ world: World, _ call: inout Reception, _ copy: (borrowing ByteQueue, Int) -> Void
  ) -> IOResult { .failure(call.isRead ? .badDescriptor : .notSocket) }

  override func close(_ world: World) {
    buffer.writer = nil
    buffer.touch(world)
  }

  override func unlink() {
    buffer.reader = nil
    buffer.writer = nil
  }

  override var summary: String { "pipe, writing end, \(buffer.room) B free" }
}

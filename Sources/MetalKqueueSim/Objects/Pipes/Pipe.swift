internal import MetalCore
internal import MetalKqueue

/// The bytes between the two ends of a pipe.
final class PipeBuffer {
  var bytes = ByteQueue()
  let capacity: Int
  var reader: PipeEnd?
  var writer: PipeEnd?

  /// The largest atomic write, which is also the least room of a writable pipe, in bytes (P2, P3).
  static var atomicSize: Int { 512 }

  init(capacity: Int) {
    self.capacity = capacity
  }

  var room: Int { capacity - bytes.count }

  /// Runs the filters of both ends, which are in one list (P4).
  func touch(_ world: World) {
    reader?.readers.touch(world)
    writer?.writers.touch(world)
    // A filter on the wrong end reports only the end (P8).
    reader?.writers.touch(world)
    writer?.readers.touch(world)
  }

  /// Makes a pipe and its ends.
  static func make(_ kernel: KernelState, _ capacity: Int) -> (File, File) {
    let buffer = PipeBuffer(capacity: capacity)
    let ends = (reader: PipeEnd(kernel, buffer, isWriter: false), writer: PipeEnd(kernel, buffer, isWriter: true))
    buffer.reader = ends.reader
    buffer.writer = ends.writer
    return ends
  }
}

/// The reading end or the writing end of a pipe.
final class PipeEnd: File {
  private let buffer: PipeBuffer
  private let isWriter: Bool

  init(_ kernel: KernelState, _ buffer: PipeBuffer, isWriter: Bool) {
    self.buffer = buffer
    self.isWriter = isWriter
    super.init(kernel)
  }

  override var isPipeWriter: Bool { isWriter }

  /// Whether the other end is gone.
  private var isAlone: Bool { (isWriter ? buffer.reader : buffer.writer) == nil }

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    if isWriter { return wrongCondition(isReported: kernel.profile.pipes.reportsReadEndAtWriter) }
    let count = buffer.bytes.count
    return Condition(isTrue: count > 0 || isAlone, data: count, isEnd: isAlone)
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    guard isWriter else { return wrongCondition(isReported: kernel.profile.pipes.reportsWriteEndAtReader) }
    if isAlone { return Condition(isTrue: true, data: 0, isEnd: true) }
    return Condition(isTrue: buffer.room >= PipeBuffer.atomicSize, data: buffer.room)
  }

  /// The result of a filter on the wrong end, which fires on some systems when the other end is gone (P8).
  private func wrongCondition(isReported: Bool) -> Condition {
    isReported && isAlone ? Condition(isTrue: true, data: 0, isEnd: true) : .never
  }

  /// The error with which FreeBSD or NetBSD refuses to watch an end for writing when the other end is gone (P7).
  override func attachError(_ filter: KernelEvent.Filter, _ queue: EventQueue, _ world: World) -> Errno? {
    guard filter == .write, isAlone else { return nil }
    return switch world.profile.pipes.lostEnd {
    case .isWatched: nil
    case .isBrokenPipe: isWriter ? .brokenPipe : nil
    case .isBadDescriptor: .badDescriptor
    }
  }

  // MARK: Bytes

  override func receive(_ world: World, _ call: inout Reception, _ copy: Copying) throws(Errno) -> Int {
    guard call.isRead else { throw .notSocket }
    if isWriter { throw .badDescriptor }
    if call.limit == 0 { return 0 }
    let count = min(call.limit, buffer.bytes.count)
    guard count > 0 else {
      let pipes = world.profile.pipes
      if isAlone ? pipes.endedReadsRunFilters : pipes.blockedReadsRunFilters { buffer.touch(world) }
      if !isAlone { throw .wouldBlock }
      return 0
    }
    copy(buffer.bytes, count)
    buffer.bytes.removeFirst(count)
    // macOS runs the filters with any room, and other systems run the filters from the atomic size on (P4).
    if world.profile.pipes.readsReportAnyRoom || buffer.room >= PipeBuffer.atomicSize { buffer.touch(world) }
    return count
  }

  override func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int {
    guard call.isWrite else { throw .notSocket }
    guard isWriter else { throw .badDescriptor }
    if isAlone { throw .brokenPipe }
    if call.count == 0 {
      buffer.touch(world)
      return 0
    }
    let needed = call.count <= PipeBuffer.atomicSize ? call.count : 1
    guard buffer.room >= needed else { throw .wouldBlock }
    let count = min(call.count, buffer.room)
    append(&buffer.bytes, count)
    buffer.touch(world)
    return count
  }

  // MARK: Ending

  override func close(_ world: World) {
    if isWriter {
      buffer.writer = nil
      return buffer.touch(world)
    }
    // NetBSD runs the writer's filter before it sets the end, so the writer of a full pipe gets no event (P6).
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

  override var summary: String {
    isWriter ? "pipe, writing end, \(buffer.room) B free" : "pipe, reading end, \(buffer.bytes.count) B"
  }
}

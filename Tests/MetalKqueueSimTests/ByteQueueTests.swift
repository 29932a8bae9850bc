import Testing

@testable import MetalKqueueSim

@Suite("Byte queue")
struct ByteQueueTests {
  /// The bytes of a queue from a position on.
  private func bytes(_ queue: borrowing ByteQueue, at offset: Int = 0, room: Int = 4_096) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: room)
    var span = buffer.mutableSpan
    let count = queue.copy(into: &span, at: offset)
    return Array(buffer[..<count])
  }

  @Test("Queues that are appended to, drained and moved hold the bytes of arrays", arguments: 0..<20)
  func model(seed: UInt64) {
    var draws = Simulation(seed: seed).random("operations")
    var queues = [ByteQueue(), ByteQueue(), ByteQueue()]
    var models: [[UInt8]] = [[], [], []]
    var next: UInt8 = 0
    for _ in 0..<2_000 {
      let index = Int(draws.next(below: 3))
      let other = (index + 1 + Int(draws.next(below: 2))) % 3
      let size = Int(draws.next(below: draws.next(below: 4) == 0 ? 1_500 : 90))
      switch draws.next(below: 5) {
      case 0,
        1 where models[index].count < 2_500:
        let fresh = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) &+ next }
        next &+= 13
        queues[index].append(fresh.span)
        models[index] += fresh
      case 2:
        let taken = min(size, models[index].count)
        queues[index].removeFirst(taken)
        models[index].removeFirst(taken)
      case 3 where models[other].count < 2_500:
        let moved = draws.next(below: 3) == 0 ? models[index].count : min(size, models[index].count)
        var source = queues[index]
        queues[index] = ByteQueue()
        queues[other].move(moved, from: &source)
        queues[index] = source
        models[other] += models[index][..<moved]
        models[index].removeFirst(moved)
      case 4 where size < 30:
        queues[index].removeAll()
        models[index].removeAll()
      default: break
      }
      #expect(queues[index].count == models[index].count)
      #expect(bytes(queues[index]) == Array(models[index].prefix(4_096)))
      #expect(
        bytes(queues[index], at: min(size, models[index].count), room: 50)
          == Array(models[index].dropFirst(size).prefix(50)))
      #expect(bytes(queues[other]) == Array(models[other].prefix(4_096)))
    }
  }

  @Test("The digest of bytes does not depend on where they lie, and is the same for ever")
  func digest() {
    let bytes = (0..<101).map { UInt8($0) }
    var whole = Digest()
    whole.combine(bytes.span)
    var shifted = Digest()
    shifted.combine(([9, 9, 9] + bytes).span.extracting(3...))
    #expect(whole == shifted)
    // Computed apart from this library, in Python.
    #expect(whole.value == 0xC079_EBDB_049A_29A5)
  }
}

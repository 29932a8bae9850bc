import MetalCore
import Testing

@Suite("IOVector")
struct IOVectorTests {
  @Test("A vector lends the buffers that were appended, in order, and an empty one among them")
  func gathers() {
    let (first, second): ([UInt8], [UInt8]) = ([1, 2, 3], [4])
    let nothing: [UInt8] = []
    var storage = IOVectorStorage<4>()
    var vector = storage.makeVector()
    let isEmpty = vector.isEmptyOfCapacity(4)
    #expect(isEmpty)
    vector.append(first.span)
    vector.append(nothing.span)
    vector.append(second.span)
    let (count, capacity, byteCount) = (vector.count, vector.capacity, vector.byteCount)
    #expect(count == 3 && capacity == 4 && byteCount == 4)
    var regions: [[UInt8]] = []
    vector.forEachRegion { region in
      regions.append(region.indices.map { region[$0] })
      return true
    }
    #expect(regions == [[1, 2, 3], [], [4]])
  }

  @Test("A mutable vector lends its buffers for writing, in order")
  func scatters() {
    var first: [UInt8] = [0, 0]
    var second: [UInt8] = [0, 0, 0]
    var storage = IOVectorStorage<2>()
    do {
      var vector = storage.makeMutableVector()
      vector.append(first.mutableSpan)
      vector.append(second.mutableSpan)
      let (count, capacity, byteCount) = (vector.count, vector.capacity, vector.byteCount)
      #expect(count == 2 && capacity == 2 && byteCount == 5)
      var next: UInt8 = 1
      vector.forEachRegion { region in
        for index in region.indices {
          region[index] = next
          next += 1
        }
        return true
      }
    }
    #expect(first == [1, 2] && second == [3, 4, 5])
  }

  @Test("A vector that a storage makes is empty, whatever the last one held, and takes 1,024 buffers")
  func madeAgain() {
    let bytes: [UInt8] = [7]
    var storage = IOVectorStorage<1024>()
    for _ in 0..<2 {
      var vector = storage.makeVector()
      let isEmpty = vector.isEmptyOfCapacity(1024)
      #expect(isEmpty)
      for _ in 0..<1024 { vector.append(bytes.span) }
      let byteCount = vector.byteCount
      #expect(byteCount == 1024)
    }
    let none = MemoryLayout<IOVectorStorage<0>>.size
    #expect(none == 0 && MemoryLayout<IOVectorStorage<2>>.size == 4 * MemoryLayout<Int>.size)
  }
}

extension IOVector {
  /// Whether it has no buffer, and room for a number of them.
  fileprivate func isEmptyOfCapacity(_ capacity: Int) -> Bool {
    count == 0 && byteCount == 0 && self.capacity == capacity
  }
}

/// Blocks of memory that the calling thread takes, so that what it allocates next has other addresses than in an earlier run.
///
/// The order of a set or a dictionary depends on the address of its storage. If a run repeats the allocations of an earlier
/// one, the allocator often gives it the same addresses, and the order is the same by chance.
///
/// `@unchecked Sendable`: the blocks do not change, and nobody reads them.
@safe
final class Displacement: @unchecked Sendable {
  private let blocks: [UnsafeMutableRawPointer]

  /// Takes several blocks of each small size, and one of each size that the storage of a collection has.
  ///
  /// An allocator prefers the gap that fits best, so only a block of the same size is sure to take the gap of the earlier run.
  init() {
    var sizes: [Int] = []
    for size in stride(from: 16, through: 2_048, by: 16) { sizes += [size, size, size, size] }
    for power in 11...20 {
      for step in 4..<8 { sizes.append((1 << power) / 4 * step + 32) }
    }
    // The storage of a set is 56 bytes, a bit for each bucket in words, and the buckets; that of a dictionary is 8 more.
    for elementSize in [1, 2, 4] + Array(stride(from: 8, through: 64, by: 8)) {
      for buckets in (0...17).map({ 1 << $0 }) where buckets * elementSize <= 1 << 18 {
        let size = 56 + max(8, buckets / 8) + buckets * elementSize
        sizes += [size, size + 8]
      }
    }
    // Safety: the blocks are not read, and are freed in `deinit`.
    unsafe blocks = sizes.map { .allocate(byteCount: $0, alignment: 1) }
  }

  deinit {
    unsafe blocks.forEach { unsafe $0.deallocate() }
  }
}

/// Blocks of memory that give the next allocations of the calling thread other addresses than in an earlier run.
///
/// The order of a set or a dictionary depends on the address of its storage. A run often repeats the allocations of an
/// earlier run. The allocator may then return the same addresses, so a set has the same order by chance.
///
/// `@unchecked Sendable`: the blocks do not change, and no code reads them.
@safe
final class Displacement: @unchecked Sendable {
  private let blocks: [UnsafeMutableRawPointer]

  /// Allocates four blocks of each small size, and one block of each size that the storage of a collection has.
  ///
  /// An allocator prefers the gap that fits best. Only a block of the same size reliably fills the gap of the earlier
  /// run.
  init() {
    var sizes: [Int] = []
    for size in stride(from: 16, through: 2_048, by: 16) { sizes += [size, size, size, size] }
    for power in 11...20 {
      for step in 4..<8 { sizes.append((1 << power) / 4 * step + 32) }
    }
    // The storage of a set has 56 bytes, a bit for each bucket, rounded up to words, and the buckets. The storage of a
    // dictionary has 8 bytes more.
    for elementSize in [1, 2, 4] + Array(stride(from: 8, through: 64, by: 8)) {
      for buckets in (0...17).map({ 1 << $0 }) where buckets * elementSize <= 1 << 18 {
        let size = 56 + max(8, buckets / 8) + buckets * elementSize
        sizes += [size, size + 8]
      }
    }
    // Safety: no code reads the blocks, and `deinit` frees them.
    unsafe blocks = sizes.map { .allocate(byteCount: $0, alignment: 1) }
  }

  deinit {
    unsafe blocks.forEach { unsafe $0.deallocate() }
  }
}

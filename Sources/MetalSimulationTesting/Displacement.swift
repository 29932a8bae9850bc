/// Blocks of memory that the calling thread takes, so that what it allocates next has other addresses than in an earlier run.
///
/// The order of a set or a dictionary depends on the address of its storage. If a run repeats the allocations of an earlier
/// one, the allocator often gives it the same addresses, and the order is the same by chance.
///
/// `@unchecked Sendable`: the blocks do not change, and nobody reads them.
@safe
final class Displacement: @unchecked Sendable {
  private let blocks: [UnsafeMutableRawPointer]

  /// Takes blocks of each size that an allocator distinguishes: of small sizes several, and of the largest one each.
  ///
  /// They have 14 MB together, of which the system provides less than 1 MB, because nobody writes to the blocks.
  init() {
    var sizes: [Int] = []
    for size in stride(from: 16, through: 2_048, by: 16) { sizes += [size, size, size, size] }
    for power in 11...20 {
      let (steps, count) = power < 16 ? (8, 2) : (4, 1)
      for step in steps..<2 * steps {
        sizes += [Int](repeating: (1 << power) / steps * step + 32, count: count)
      }
    }
    // Safety: the blocks are not read, and are freed in `deinit`.
    unsafe blocks = sizes.map { .allocate(byteCount: $0, alignment: 1) }
  }

  deinit {
    unsafe blocks.forEach { unsafe $0.deallocate() }
  }
}

/// Blocks of memory that the calling thread takes, so that what it allocates next has other addresses than in an earlier run.
///
/// The order of a set or a dictionary depends on the address of its storage. If a run repeats the allocations of an earlier
/// one, the allocator often gives it the same addresses, and the order is the same by chance.
///
/// `@unchecked Sendable`: the blocks do not change, and nobody reads them.
@safe
final class Displacement: @unchecked Sendable {
  private let blocks: [UnsafeMutableRawPointer]

  /// Takes blocks of each size that an allocator distinguishes: several of each small size, and one of each larger one.
  init() {
    var sizes: [Int] = []
    for size in stride(from: 16, through: 2_048, by: 16) { sizes += [size, size, size, size] }
    for power in 11..<18 {
      for quarter in 4..<8 { sizes.append((1 << power) / 4 * quarter + 32) }
    }
    // Safety: the blocks are not read, and are freed in `deinit`.
    unsafe blocks = sizes.map { .allocate(byteCount: $0, alignment: 1) }
  }

  deinit {
    unsafe blocks.forEach { unsafe $0.deallocate() }
  }
}

#if METAL_LINUX
// Linux and Android: writing to a pipe without SIGPIPE, by a flag of the call where the kernel has it.

public import CMetalSystem
public import MetalCore
public import Synchronization

extension SystemKernel {
  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// Source: pwritev2(2), `RWF_NOSIGNAL`, Linux 6.18; write(2), writev(2).
  @inlinable
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    // Safety: the calls only read the bytes.
    unsafe bytes.withUnsafeRegions { memory, count in
      let vectors = Int32(truncatingIfNeeded: count)
      if NoSignal.hasFlag.load(ordering: .relaxed) {
        let result =
          unsafe Bytes.isContiguous
          ? metal_pwritev2_one(descriptor, memory, count, Int32(METAL_RWF_NOSIGNAL))
          : metal_pwritev2(descriptor, memory, vectors, Int32(METAL_RWF_NOSIGNAL))
        if !NoSignal.isRefusal(result) { return IOResult(rawValue: result) }
        NoSignal.flagWasRefused()
      }
      return NoSignal.guarding {
        unsafe Bytes.isContiguous
          ? metal_write(descriptor, memory, count) : metal_writev(descriptor, memory, vectors)
      }
    }
  }
}

extension NoSignal {
  /// Whether the kernel takes `RWF_NOSIGNAL`, as far as is known.
  @usableFromInline package static let hasFlag = Atomic<Bool>(true)

  /// Whether the kernel has been asked, by a write to a pipe of our own.
  private static let wasProbed = Atomic<Bool>(false)

  /// Whether a result says that the call or its flag is not known; some sandboxes answer `EPERM` to such a call.
  @inlinable
  static func isRefusal(_ result: Int) -> Bool {
    result == -Int(METAL_EOPNOTSUPP) || result == -Int(METAL_ENOSYS) || result == -Int(METAL_EPERM)
  }

  /// Finds out whether the kernel does not know the flag, or only the file that was written to: some drivers take
  /// none.
  @usableFromInline @inline(never)
  package static func flagWasRefused() {
    guard !wasProbed.load(ordering: .relaxed) else { return }
    var reader: Int32 = -1
    var writer: Int32 = -1
    // Safety: the call writes two descriptors. Without any left, the next refusal asks again.
    guard unsafe metal_pipe2(&reader, &writer) == 0 else { return }
    var byte: UInt8 = 0
    // Safety: the call reads the one byte.
    let result = unsafe metal_pwritev2_one(writer, &byte, 1, Int32(METAL_RWF_NOSIGNAL))
    _ = metal_close(reader)
    _ = metal_close(writer)
    if isRefusal(result) {
      hasFlag.store(false, ordering: .relaxed)
    }
    wasProbed.store(true, ordering: .relaxed)
  }
}
#endif

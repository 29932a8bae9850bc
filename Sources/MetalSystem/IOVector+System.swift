public import CMetalSystem
public import MetalCore

extension IOVector {
  /// Lends the entries to a system call, or returns the result that says that they are too many.
  ///
  /// Systems disagree about too many: Linux calls them a message that is too long, or invalid. The comparison is gone
  /// where the vector cannot have so many.
  ///
  /// Source: `IOV_MAX` in writev(2), `EMSGSIZE` in sendmsg(2).
  @inlinable
  @unsafe
  func withSystemEntries(_ body: (UnsafeRawPointer?, Int32) -> IOResult) -> IOResult {
    if capacity > Int(METAL_IOV_MAX), count > Int(METAL_IOV_MAX) {
      return IOResult(rawValue: -Int(METAL_EINVAL))
    }
    // Safety: as the caller has it.
    return unsafe withUnsafeEntries { unsafe body($0, Int32(truncatingIfNeeded: $1)) }
  }
}

extension MutableIOVector {
  /// Lends the entries to a system call, or returns the result that says that they are too many.
  ///
  /// Source: `IOV_MAX` in readv(2), `EMSGSIZE` in recvmsg(2).
  @inlinable
  @unsafe
  func withSystemEntries(_ body: (UnsafeRawPointer?, Int32) -> IOResult) -> IOResult {
    if capacity > Int(METAL_IOV_MAX), count > Int(METAL_IOV_MAX) {
      return IOResult(rawValue: -Int(METAL_EINVAL))
    }
    // Safety: as the caller has it.
    return unsafe withUnsafeEntries { unsafe body($0, Int32(truncatingIfNeeded: $1)) }
  }
}

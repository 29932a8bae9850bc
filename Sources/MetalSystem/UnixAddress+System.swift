public import CMetalSystem
public import MetalCore

extension metal_unix_address {
  /// Lays an address out as the system wants it.
  @inlinable
  package init(_ address: UnixAddress) {
    self.init()
    // Safety: the call writes two fields of this structure, and both sides are 108 bytes of any value.
    unsafe metal_unix_address_set_family(&self, Int32(METAL_AF_UNIX))
    unsafe path = unsafeBitCast(address.kernelBytes, to: type(of: path))
  }
}

extension UnixAddress {
  /// Reads an address from the system's layout; `nil` if it is of another family.
  @inlinable
  package init?(_ raw: metal_unix_address, length: Int32) {
    let count = min(Int(length) - Int(METAL_UNIX_PATH_OFFSET), Int(METAL_UNIX_PATH_SIZE))
    // Linux leaves even the family out of the address of a sender that was never bound.
    guard count > 0 else {
      self = .unnamed
      return
    }
    guard Int(raw.family) == Int(METAL_AF_UNIX) else { return nil }
    // Safety: both sides are 108 bytes of any value.
    let bytes = unsafe unsafeBitCast(raw.path, to: InlineArray<108, UInt8>.self)
    let isNamed = bytes[0] != 0 || metal_has_abstract_names() != 0
    self.init(kernelBytes: bytes, length: isNamed ? count : 0)
  }

  /// The number of bytes that the address has in the system's layout.
  ///
  /// A path name has a terminator, which counts; an abstract name has a zero before it, which counts; the unnamed
  /// address is nothing but the family.
  ///
  /// - Throws: `.invalidInput` for a path that is longer than the system's addresses; `.unsupported` for an abstract
  ///   name where there are none.
  ///
  /// Source: unix(7), "Address format".
  @usableFromInline
  package func systemLength() throws(IOError) -> Int32 {
    let offset = Int(METAL_UNIX_PATH_OFFSET)
    if isUnnamed { return Int32(offset) }
    let size = Int(METAL_UNIX_PATH_SIZE)
    let count = name.count
    guard count <= (isAbstract ? size - 1 : size) else { throw IOError(.invalidInput) }
    guard !isAbstract || metal_has_abstract_names() != 0 else { throw IOError(.unsupported) }
    // A path that fills the address has no room for its terminator.
    return Int32(offset + min(count + 1, size))
  }
}

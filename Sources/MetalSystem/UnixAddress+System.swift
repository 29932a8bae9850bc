public import CMetalSystem
public import MetalCore

extension metal_unix_address {
  /// Lays an address out as the system wants it.
  package init(_ address: UnixAddress) {
    self.init()
    // Safety: the call writes two fields of this structure.
    unsafe metal_unix_address_set_family(&self, Int32(METAL_AF_UNIX))
    let start = address.isAbstract ? 1 : 0
    let name = address.name
    // Safety: a path name has at most 108 bytes and an abstract name 107 behind its zero; the path has room for 108.
    unsafe withUnsafeMutableBytes(of: &path) { path in
      for index in name.indices { unsafe path[start + index] = name[index] }
    }
  }
}

extension UnixAddress {
  /// Reads an address from the system's layout; `nil` if it is of another family.
  @usableFromInline
  package init?(_ raw: metal_unix_address, length: Int32) {
    let offset = Int(METAL_UNIX_PATH_OFFSET)
    let count = min(Int(length), offset + Int(METAL_UNIX_PATH_SIZE)) - offset
    guard count > 0 else {
      // Linux leaves even the family out of the address of a sender that was never bound.
      self = .unnamed
      return
    }
    guard Int(raw.family) == Int(METAL_AF_UNIX) else { return nil }
    var raw = raw
    // Safety: the path lies within the structure, and `count` is at most its size.
    let address = unsafe withUnsafeBytes(of: &raw.path) { path -> UnixAddress? in
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: path[..<count])
      let name: UnsafeRawBufferPointer
      let startsWithZero = unsafe bytes[0] == 0
      if startsWithZero, metal_has_abstract_names() == 0 { return .unnamed }
      if startsWithZero {
        unsafe name = UnsafeRawBufferPointer(rebasing: bytes[1...])
      } else {
        // The terminator is counted by some systems, and absent where the name fills the path.
        let end = unsafe bytes.firstIndex(of: 0) ?? count
        unsafe name = UnsafeRawBufferPointer(rebasing: bytes[..<end])
      }
      let span = unsafe Span<UInt8>(_unsafeBytes: name)
      do throws(IOError) {
        return startsWithZero ? try UnixAddress(abstractName: span) : try UnixAddress(pathname: span)
      } catch {
        return nil
      }
    }
    guard let address else { return nil }
    self = address
  }
}

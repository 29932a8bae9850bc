internal import MetalCore

/// The permanent part of a machine: its number, its name, its addresses, and its socket files.
///
/// `@unchecked Sendable`: code uses the variables only inside of `Simulation.enter(_:)`.
final class Host: @unchecked Sendable {
  let index: Int
  let name: String
  let address: IPv4Address
  let addressV6: IPv6Address

  /// Whether packets from other machines arrive.
  var reachability = Machine.Reachability.reachable

  /// The files of Unix-domain sockets, including the files of closed sockets.
  var socketFiles: SocketFiles = [:]

  /// The first IPv4 address, 10.0.0.1, and the IPv6 prefix, fd00::/64.
  static var firstAddress: UInt32 { 0x0A00_0001 }
  static var networkV6: UInt64 { 0xFD00_0000_0000_0000 }

  /// Makes a machine with the addresses 10.0.0.0 + index + 1 and fd00:: + index + 1.
  init(index: Int, name: String) {
    self.index = index
    self.name = name
    address = IPv4Address(rawValue: Self.firstAddress + UInt32(index))
    addressV6 = IPv6Address(high: Self.networkV6, low: UInt64(index) + 1)
  }
}

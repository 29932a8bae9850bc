internal import MetalCore

/// One machine of a simulation: its descriptors, its addresses, and its name spaces.
///
/// `@unchecked Sendable`: all but its constants is touched only while its simulation is entered.
final class Node: @unchecked Sendable {
  let index: Int
  let profile: KernelProfile
  let name: String
  let address: IPv4Address
  let addressV6: IPv6Address

  var descriptors: DescriptorTable
  let tcpPorts: PortTable
  let udpPorts: PortTable
  var socketFiles = SocketFiles()
  /// Sockets that no descriptor leads to any more, and that still have something to send.
  var orphans: [ObjectIdentifier: File] = [:]

  /// Whether a signal has come that no wait has been told of.
  var isInterrupted = false

  /// A wait that a call is in; an action that occurs meanwhile may wait itself.
  struct Wait {
    let queue: EventQueue
    let start: Int64
    let timeout: Int64?
  }

  /// 10.0.0.1, and the prefix fd00::/64.
  static var firstAddress: UInt32 { 0x0A00_0001 }
  static var networkV6: UInt64 { 0xFD00_0000_0000_0000 }

  /// The address 10.0.0.0 + number + 1, and fd00:: + number + 1.
  init(index: Int, name: String, seed: UInt64, profile: KernelProfile) {
    self.profile = profile
    self.index = index
    self.name = name
    address = IPv4Address(rawValue: Self.firstAddress + UInt32(index))
    addressV6 = IPv6Address(high: Self.networkV6, low: UInt64(index) + 1)
    descriptors = DescriptorTable(limit: 10_240)
    tcpPorts = PortTable(RandomStream(seed: seed, label: "ports.tcp.\(index)"))
    udpPorts = PortTable(RandomStream(seed: seed, label: "ports.udp.\(index)"))
  }

  /// The open file that an event queue names.
  func file(_ ident: UInt) -> File? {
    ident <= UInt(Int32.max) ? descriptors[Int32(ident)] : nil
  }

  /// Closes a descriptor: the registrations for its number go at once (L14), and with the last one the object.
  func close(_ number: Int32, _ world: World) -> Bool {
    guard let file = descriptors.remove(number) else { return false }
    for list in [file.readers, file.writers] {
      for knote in list.knotes where knote.ident == UInt(number) { knote.queue.detach(knote) }
    }
    if file.descriptorCount == 0 { file.close(world) }
    return true
  }

  func tearDown() {
    for entry in descriptors.entries { entry.file.unlink() }
    // What a program has left open refers to the node.
    descriptors.removeAll()
    for orphan in orphans.values { orphan.unlink() }
    orphans.removeAll()
    tcpPorts.removeAll()
    udpPorts.removeAll()
    socketFiles.removeAll()
  }
}

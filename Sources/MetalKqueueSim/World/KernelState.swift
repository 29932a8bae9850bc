internal import MetalCore

/// The state of one life of a machine's kernel: descriptors, ports, connections, and a signal.
///
/// `@unchecked Sendable`: it is touched only while its simulation is entered.
final class KernelState: @unchecked Sendable {
  let host: Host
  let profile: KernelProfile

  var descriptors = DescriptorTable(limit: 10_240)
  let tcpPorts: PortTable
  let udpPorts: PortTable
  var connections = ConnectionTable()

  /// Whether a signal has arrived that has ended no wait yet.
  var isInterrupted = false

  init(_ host: Host, seed: UInt64, profile: KernelProfile) {
    self.host = host
    self.profile = profile
    tcpPorts = PortTable(RandomStream(seed: seed, label: "ports.tcp.\(host.index)"), profile.ports.ephemeral)
    udpPorts = PortTable(RandomStream(seed: seed, label: "ports.udp.\(host.index)"), profile.ports.ephemeral)
  }

  /// The open file that an event queue names.
  func file(_ ident: UInt) -> File? {
    ident <= UInt(Int32.max) ? descriptors[Int32(ident)] : nil
  }

  /// Closes a descriptor, and with the last one its object.
  ///
  /// The registrations for the number end at once (L14).
  func close(_ number: Int32, _ world: World) -> Bool {
    guard let file = descriptors.remove(number) else { return false }
    for list in [file.readers, file.writers] {
      for knote in list.knotes where knote.ident == UInt(number) { knote.queue.detach(knote) }
    }
    if file.descriptorCount == 0 { file.close(world) }
    return true
  }

  /// Ends the references that objects have to each other and to this kernel.
  func tearDown() {
    for entry in descriptors.entries { entry.file.unlink() }
    descriptors.removeAll()
    connections.removeAll()
    tcpPorts.removeAll()
    udpPorts.removeAll()
    host.socketFiles.removeAll()
  }
}

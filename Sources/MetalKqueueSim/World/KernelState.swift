internal import MetalCore

/// The state of a machine's kernel: descriptors, ports, connections, and a pending signal.
///
/// `@unchecked Sendable`: code uses the object only inside of `Simulation.enter(_:)`.
final class KernelState: @unchecked Sendable {
  let host: Host
  let profile: KernelProfile

  var descriptors = DescriptorTable(limit: 10_240)
  let tcpPorts: PortTable
  let udpPorts: PortTable
  var connections = ConnectionTable()

  /// Whether a pending signal ends the next wait that would sleep.
  var isInterrupted = false

  init(_ host: Host, seed: UInt64, profile: KernelProfile) {
    self.host = host
    self.profile = profile
    tcpPorts = PortTable(RandomStream(seed: seed, label: "ports.tcp.\(host.index)"), profile.ports.ephemeral)
    udpPorts = PortTable(RandomStream(seed: seed, label: "ports.udp.\(host.index)"), profile.ports.ephemeral)
  }

  /// The open file for the number of a registration.
  func file(_ ident: UInt) -> File? {
    ident <= UInt(Int32.max) ? descriptors[Int32(ident)] : nil
  }

  /// Closes a descriptor.
  ///
  /// Closing a descriptor ends its registrations at once (L14). Closing the last descriptor closes the object.
  func close(_ number: Int32, _ world: World) -> Bool {
    guard let file = descriptors.remove(number) else { return false }
    for list in [file.readers, file.writers] {
      for knote in list.knotes where knote.ident == UInt(number) { knote.queue.detach(knote) }
    }
    if file.descriptorCount == 0 { file.close(world) }
    return true
  }

  /// Removes the references that objects have to each other and to this kernel.
  func tearDown() {
    for entry in descriptors.entries { entry.file.unlink() }
    descriptors.removeAll()
    connections.removeAll()
    tcpPorts.removeAll()
    udpPorts.removeAll()
    host.socketFiles.removeAll()
  }
}

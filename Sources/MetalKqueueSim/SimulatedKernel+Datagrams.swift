public import MetalCore

extension SimulatedKernel {
  /// Receives a datagram with the address it came from, or with `isPeek` copies it and leaves it in the queue.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram<Buffer: MutableIOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool, isTruncated: inout Bool,
    from source: inout Address
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (socket, result) = socket(descriptor)
    guard let socket else { return note(.recvmsg, descriptor, result, world) }
    let begun = socket.refusingToWait(
      socket.beginReceive(world, limit: buffer.byteCount, isPeek: isPeek))
    guard begun.isSuccess else { return note(.recvmsg, descriptor, begun, world) }
    isTruncated = socket.isTruncated
    if let address = socket.source.flatMap({ Address($0) }) { source = address }
    let payload = Self.copy(socket, begun.rawValue, into: &buffer)
    socket.endReceive(world, count: begun.rawValue, isPeek: isPeek)
    return note(.recvmsg, descriptor, begun, world, payload)
  }

  /// Sends a datagram to an address.
  ///
  /// Source: sendto(2), sendmsg(2).
  public func sendDatagram<Bytes: IOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Int32, _ bytes: borrowing Bytes, to address: Address
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (socket, result) = socket(descriptor)
    guard let socket else { return note(.sendto, descriptor, result, world) }
    let count = bytes.byteCount
    let begun =
      switch address.erased {
      case .internet(let address): socket.beginSend(world, count: count, to: address)
      case .unix(let address): socket.beginSend(world, count: count, to: address)
      }
    guard begun.isSuccess else { return note(.sendto, descriptor, begun, world) }
    let payload = Self.append(bytes, begun.rawValue, to: socket)
    socket.endSend(world)
    return note(.sendto, descriptor, begun, world, payload)
  }

  private func socket(_ descriptor: Int32) -> (socket: Socket?, result: IOResult) {
    guard let file = node.descriptors[descriptor] else { return (nil, .failure(.badDescriptor)) }
    return (file.socket, .failure(.notSocket))
  }
}

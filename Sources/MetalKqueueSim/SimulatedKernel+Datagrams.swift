public import MetalCore

extension SimulatedKernel {
  /// Receives a datagram, or with `isPeek` copies it and leaves it in the queue.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool
  ) -> IOResult {
    var source = DatagramSource.none
    return receive(descriptor, into: &buffer, isPeek: isPeek, &isTruncated, &source)
  }

  /// Receives a datagram with the address it came from.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool,
    isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult {
    var found = DatagramSource.none
    let result = receive(descriptor, into: &buffer, isPeek: isPeek, &isTruncated, &found)
    if case .ip(let address) = found { source = address }
    return result
  }

  /// Receives a datagram with the address it came from.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool,
    isTruncated: inout Bool,
    source: inout UnixAddress
  ) -> IOResult {
    var found = DatagramSource.none
    let result = receive(descriptor, into: &buffer, isPeek: isPeek, &isTruncated, &found)
    if case .unix(let address) = found { source = address }
    return result
  }

  /// Receives a datagram into several buffers in order.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool
  ) -> IOResult {
    var source = DatagramSource.none
    return receive(descriptor, into: &vector, &isTruncated, &source)
  }

  /// Receives a datagram into several buffers in order, with the address it came from.
  ///
  /// Source: recvmsg(2).
  public func receiveDatagram<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult {
    var found = DatagramSource.none
    let result = receive(descriptor, into: &vector, &isTruncated, &found)
    if case .ip(let address) = found { source = address }
    return result
  }

  /// Sends a datagram to an address.
  ///
  /// Source: sendto(2).
  public func sendDatagram(_ descriptor: Int32, _ bytes: Span<UInt8>, to address: SocketAddress) -> IOResult {
    send(descriptor, bytes) { world, socket in socket.beginSend(world, count: bytes.count, to: address) }
  }

  /// Sends a datagram to an address.
  ///
  /// Source: sendto(2).
  public func sendDatagram(_ descriptor: Int32, _ bytes: Span<UInt8>, to address: UnixAddress) -> IOResult {
    send(descriptor, bytes) { world, socket in socket.beginSend(world, count: bytes.count, to: address) }
  }

  /// Sends a datagram to an address, from several buffers in order.
  ///
  /// Source: sendmsg(2).
  public func sendDatagram<let capacity: Int>(
    _ descriptor: Int32, _ vector: IOVector<capacity>, to address: SocketAddress
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (socket, result) = socket(descriptor)
    guard let socket else { return note(.sendto, descriptor, result, world) }
    guard vector.count <= Self.mostBuffers else {
      return note(.sendto, descriptor, .failure(.invalid), world)
    }
    let begun = socket.beginSend(world, count: vector.byteCount, to: address)
    guard begun.isSuccess else { return note(.sendto, descriptor, begun, world) }
    let payload = Self.gather(vector, begun.rawValue, into: socket)
    socket.endSend(world)
    return note(.sendto, descriptor, begun, world, payload)
  }
}

extension SimulatedKernel {
  private func socket(_ descriptor: Int32) -> (socket: Socket?, result: IOResult) {
    guard let file = node.descriptors[descriptor] else { return (nil, .failure(.badDescriptor)) }
    return (file.socket, .failure(.notSocket))
  }

  private func receive(
    _ descriptor: Int32, into buffer: inout MutableSpan<UInt8>, isPeek: Bool, _ isTruncated: inout Bool,
    _ source: inout DatagramSource
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (socket, result) = socket(descriptor)
    guard let socket else { return note(.recvmsg, descriptor, result, world) }
    let begun = socket.refusingToWait(socket.beginReceive(world, limit: buffer.count, isPeek: isPeek))
    guard begun.isSuccess else { return note(.recvmsg, descriptor, begun, world) }
    isTruncated = socket.isTruncated
    source = socket.source
    var payload = Digest()
    if begun.rawValue > 0 {
      _ = socket.copy(into: &buffer, at: 0)
      payload.combine(buffer.span.extracting(first: begun.rawValue))
    }
    socket.endReceive(world, count: begun.rawValue, isPeek: isPeek)
    return note(.recvmsg, descriptor, begun, world, payload)
  }

  private func receive<let capacity: Int>(
    _ descriptor: Int32, into vector: inout MutableIOVector<capacity>, _ isTruncated: inout Bool,
    _ source: inout DatagramSource
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (socket, result) = socket(descriptor)
    guard let socket else { return note(.recvmsg, descriptor, result, world) }
    guard vector.count <= Self.mostBuffers else {
      return note(.recvmsg, descriptor, .failure(.invalid), world)
    }
    let begun = socket.refusingToWait(socket.beginReceive(world, limit: vector.byteCount, isPeek: false))
    guard begun.isSuccess else { return note(.recvmsg, descriptor, begun, world) }
    isTruncated = socket.isTruncated
    source = socket.source
    let payload = Self.scatter(socket, begun.rawValue, into: &vector)
    socket.endReceive(world, count: begun.rawValue, isPeek: false)
    return note(.recvmsg, descriptor, begun, world, payload)
  }

  private func send(
    _ descriptor: Int32, _ bytes: Span<UInt8>, _ begin: (World, Socket) -> IOResult
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let (socket, result) = socket(descriptor)
    guard let socket else { return note(.sendto, descriptor, result, world) }
    let begun = begin(world, socket)
    guard begun.isSuccess else { return note(.sendto, descriptor, begun, world) }
    socket.append(bytes)
    socket.endSend(world)
    var payload = Digest()
    payload.combine(bytes)
    return note(.sendto, descriptor, begun, world, payload)
  }
}

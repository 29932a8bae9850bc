public import MetalCore

// Bytes of connected sockets and pipes: begin, copy or append, end; see `File`.

extension SimulatedKernel {
  /// Receives bytes from a connected socket, or with `isPeek` copies them and leaves them in its queue.
  ///
  /// Source: recv(2), readv(2), `MSG_PEEK`.
  public func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer, isPeek: Bool
  ) -> IOResult {
    receive(descriptor, into: &buffer, isPeek ? .peek : .recv)
  }

  /// Reads bytes from a pipe.
  ///
  /// Source: read(2), readv(2).
  public func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: consuming Buffer
  ) -> IOResult {
    receive(descriptor, into: &buffer, .read)
  }

  /// Sends bytes on a connected socket.
  ///
  /// Source: send(2), sendmsg(2).
  public func send<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    send(descriptor, bytes, .send)
  }

  /// Writes bytes to a pipe.
  ///
  /// Source: write(2), writev(2).
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    send(descriptor, bytes, .write)
  }
}

// MARK: - Receiving

extension SimulatedKernel {
  private func receive<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, into buffer: inout Buffer, _ name: Call
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    let limit = buffer.byteCount
    guard let file = node.descriptors[descriptor] else {
      return note(name, descriptor, .failure(.badDescriptor), world)
    }
    var begun = file.refusingToWait(
      name == .read
        ? file.beginRead(world, limit: limit) : file.beginReceive(world, limit: limit, isPeek: name == .peek))
    // readv(2) without room does not look whether anything is there; recvmsg(2), which peeks, does.
    if begun == Self.wouldBlock, limit == 0, !Buffer.isContiguous, name != .peek { begun = .success() }
    guard begun.isSuccess else { return note(name, descriptor, begun, world) }
    let payload = Self.copy(file, begun.rawValue, into: &buffer)
    file.endReceive(world, count: begun.rawValue, isPeek: name == .peek)
    // Without room, 0 does not say that the stream has ended.
    if begun.rawValue == 0, limit > 0 { file.isEndKnown = true }
    return note(name, descriptor, begun, world, payload)
  }

  /// Copies what was begun to receive into the buffers in order; returns a hash of it.
  static func copy<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ file: File, _ count: Int, into buffer: inout Buffer
  ) -> Digest {
    var payload = Digest()
    guard count > 0 else { return payload }
    var copied = 0
    buffer.forEachRegion { region in
      let moved = file.copy(into: &region, at: copied)
      payload.combine(region.span.extracting(first: moved))
      copied += moved
      return copied < count
    }
    return payload
  }

  /// Notes a call in the trace, and whether it moved anything.
  func note(
    _ name: Call, _ descriptor: Int32, _ result: IOResult, _ world: World, _ payload: Digest? = nil
  ) -> IOResult {
    if result.rawValue > 0 { world.idleCalls = 0 }
    world.trace.call(
      name, node.index, descriptor, result, payload: result.rawValue > 0 ? payload?.value ?? 0 : 0, world.now)
    return result
  }
}

// MARK: - Sending

extension SimulatedKernel {
  private func send<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes, _ name: Call
  ) -> IOResult {
    let world = simulation.enterCall()
    defer { simulation.leave() }
    guard let file = node.descriptors[descriptor] else {
      return note(name, descriptor, .failure(.badDescriptor), world)
    }
    let count = bytes.byteCount
    let begun = file.refusingToWait(
      name == .write ? file.beginWrite(world, count: count) : file.beginSend(world, count: count))
    guard begun.isSuccess else { return note(name, descriptor, begun, world) }
    let payload = Self.append(bytes, begun.rawValue, to: file)
    file.endSend(world)
    return note(name, descriptor, begun, world, payload)
  }

  /// Hands over bytes of the buffers in order; returns a hash of them.
  static func append<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ bytes: borrowing Bytes, _ count: Int, to file: File
  ) -> Digest {
    var payload = Digest()
    var left = count
    bytes.forEachRegion { region in
      let taken = region.extracting(first: min(left, region.count))
      file.append(taken)
      payload.combine(taken)
      left -= taken.count
      return left > 0
    }
    return payload
  }
}

extension File {
  /// What has begun, or that it cannot be done if it would have to wait.
  func refusingToWait(_ begun: IOResult) -> IOResult {
    begun == .failure(.wouldBlock) && !isNonBlocking ? .failure(.notSupported) : begun
  }
}
